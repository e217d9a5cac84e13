/** The routes of a gateway, laid out so that a lookup costs as much as the request's path has segments. */
import type { MatchedRoute, RequestHead } from './compiled-route.ts';
import { comparePrecedence, fulfils, Lookup, type RouteMatcher } from './route-match.ts';

/** Where a match belongs. */
export interface RoutePlace {
  /** Lower case; `*.example.com` for a wildcard, undefined for every host. */
  hostname: string | undefined;
  pathType: 'Exact' | 'PathPrefix';
  /** Canonical. */
  path: string;
}

export interface RouteTable {
  match(head: RequestHead): MatchedRoute | undefined;
}

/**
 * Precedence: exact host, longest wildcard, no host; then exact path, longest prefix; then the order of
 * `comparePrecedence`. Where the more specific host or path has no match that holds, the less specific is asked.
 */
export class HostMap implements RouteTable {
  readonly #exact = new Map<string, PathMap>();
  /** By what follows the asterisk: `.example.com`. */
  readonly #wildcards = new Map<string, PathMap>();
  #longestWildcard = 0;
  #everyHost: PathMap | undefined;

  add(place: RoutePlace, matcher: RouteMatcher): void {
    this.#pathsOf(place.hostname).add(place, matcher);
  }

  match(head: RequestHead): MatchedRoute | undefined {
    const lookup = new Lookup(head);
    return (
      this.#exact.get(head.hostname)?.match(lookup) ??
      this.#matchWildcards(lookup) ??
      this.#everyHost?.match(lookup)
    );
  }

  /** Cuts label after label off the left, starting where the longest wildcard could begin and never at a client's will. */
  #matchWildcards(lookup: Lookup): MatchedRoute | undefined {
    if (this.#longestWildcard === 0) return undefined;
    const { hostname } = lookup.head;
    // One character at least is left for the asterisk.
    let dot = hostname.indexOf('.', Math.max(1, hostname.length - this.#longestWildcard));
    while (dot !== -1) {
      const found = this.#wildcards.get(hostname.slice(dot))?.match(lookup);
      if (found !== undefined) return found;
      dot = hostname.indexOf('.', dot + 1);
    }
    return undefined;
  }

  #pathsOf(hostname: string | undefined): PathMap {
    if (hostname === undefined) {
      this.#everyHost ??= new PathMap();
      return this.#everyHost;
    }
    if (!hostname.startsWith('*')) return pathsAt(this.#exact, hostname);
    const suffix = hostname.slice(1);
    this.#longestWildcard = Math.max(this.#longestWildcard, suffix.length);
    return pathsAt(this.#wildcards, suffix);
  }
}

/** The matches of one host by path. */
class PathMap {
  readonly #exact = new Map<string, RouteMatcher[]>();
  /** Without trailing slash, so that the prefix `/` is the empty text. */
  readonly #prefixes = new Map<string, RouteMatcher[]>();
  #longestPrefix = 0;

  add({ pathType, path }: RoutePlace, matcher: RouteMatcher): void {
    if (pathType === 'Exact') {
      insert(this.#exact, path, matcher);
      return;
    }
    const prefix = path.endsWith('/') ? path.slice(0, -1) : path;
    this.#longestPrefix = Math.max(this.#longestPrefix, prefix.length);
    insert(this.#prefixes, prefix, matcher);
  }

  match(lookup: Lookup): MatchedRoute | undefined {
    return firstThatHolds(lookup, this.#exact.get(lookup.head.path)) ?? this.#matchPrefixes(lookup);
  }

  /** Cuts segment after segment off the right, starting where the longest prefix could end: a path of 8,000 slashes costs no more. */
  #matchPrefixes(lookup: Lookup): MatchedRoute | undefined {
    const { path } = lookup.head;
    let end = path.length <= this.#longestPrefix ? path.length : path.lastIndexOf('/', this.#longestPrefix);
    while (end >= 0) {
      const found = firstThatHolds(lookup, this.#prefixes.get(path.slice(0, end)));
      if (found !== undefined) return found;
      end = end === 0 ? -1 : path.lastIndexOf('/', end - 1);
    }
    return undefined;
  }
}

function firstThatHolds(lookup: Lookup, matchers: RouteMatcher[] | undefined): MatchedRoute | undefined {
  if (matchers === undefined) return undefined;
  for (const matcher of matchers) {
    if (fulfils(lookup, matcher)) return matcher.result;
  }
  return undefined;
}

function pathsAt(map: Map<string, PathMap>, key: string): PathMap {
  const known = map.get(key);
  if (known !== undefined) return known;
  const paths = new PathMap();
  map.set(key, paths);
  return paths;
}

/** Keeps each list in order as it grows: one sort of a long list at the end would hold the loop up. */
function insert(map: Map<string, RouteMatcher[]>, key: string, matcher: RouteMatcher): void {
  const matchers = map.get(key);
  if (matchers === undefined) {
    map.set(key, [matcher]);
    return;
  }
  let low = 0;
  let high = matchers.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (comparePrecedence(matchers[middle]!, matcher) <= 0) low = middle + 1;
    else high = middle;
  }
  matchers.splice(low, 0, matcher);
}
