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
  #exact = new Map<string, PathMap>();
  /** By what follows the asterisk: `.example.com`. */
  #wildcards = new Map<string, PathMap>();
  /** Never less than the longest; after a removal it may be more, which costs a lookup little. */
  #longestWildcard = 0;
  #everyHost: PathMap | undefined;
  /** Which of the paths belong to this table alone, and may be changed. */
  readonly #owner = Symbol();

  /**
   * A table that begins as `base` and is then changed, while requests go on in `base`. The two share all that does not
   * change: a table of 10,000 routes made anew for each change would hold the loop up in the collector of garbage.
   */
  constructor(base?: HostMap) {
    if (base === undefined) return;
    this.#exact = new Map(base.#exact);
    this.#wildcards = new Map(base.#wildcards);
    this.#longestWildcard = base.#longestWildcard;
    this.#everyHost = base.#everyHost;
  }

  add(place: RoutePlace, matcher: RouteMatcher): void {
    this.#change(place.hostname, (paths) => paths.add(place, matcher));
  }

  /** `place` and `matcher` as they were added. */
  remove(place: RoutePlace, matcher: RouteMatcher): void {
    this.#change(place.hostname, (paths) => paths.remove(place, matcher));
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

  #change(hostname: string | undefined, change: (paths: PathMap) => void): void {
    if (hostname === undefined) {
      this.#everyHost = this.#owned(this.#everyHost);
      change(this.#everyHost);
      return;
    }
    const isWildcard = hostname.startsWith('*');
    const hosts = isWildcard ? this.#wildcards : this.#exact;
    const host = isWildcard ? hostname.slice(1) : hostname;
    if (isWildcard) this.#longestWildcard = Math.max(this.#longestWildcard, host.length);
    const known = hosts.get(host);
    const paths = this.#owned(known);
    change(paths);
    if (paths.isEmpty) hosts.delete(host);
    else if (paths !== known) hosts.set(host, paths);
  }

  #owned(paths: PathMap | undefined): PathMap {
    return paths?.owner === this.#owner ? paths : new PathMap(this.#owner, paths);
  }
}

/** The matches of one host by path. */
class PathMap {
  /** Of the table that may change it; others only read. */
  readonly owner: symbol;
  /** Each list in its order; a list is replaced and never changed, as tables share it. */
  #exact = new Map<string, readonly RouteMatcher[]>();
  /** Without trailing slash, so that the prefix `/` is the empty text. */
  #prefixes = new Map<string, readonly RouteMatcher[]>();
  /** Never less than the longest. */
  #longestPrefix = 0;

  constructor(owner: symbol, base: PathMap | undefined) {
    this.owner = owner;
    if (base === undefined) return;
    this.#exact = new Map(base.#exact);
    this.#prefixes = new Map(base.#prefixes);
    this.#longestPrefix = base.#longestPrefix;
  }

  get isEmpty(): boolean {
    return this.#exact.size + this.#prefixes.size === 0;
  }

  add({ pathType, path }: RoutePlace, matcher: RouteMatcher): void {
    if (pathType === 'Exact') {
      insert(this.#exact, path, matcher);
      return;
    }
    const prefix = withoutTrailingSlash(path);
    this.#longestPrefix = Math.max(this.#longestPrefix, prefix.length);
    insert(this.#prefixes, prefix, matcher);
  }

  remove({ pathType, path }: RoutePlace, matcher: RouteMatcher): void {
    if (pathType === 'Exact') takeOut(this.#exact, path, matcher);
    else takeOut(this.#prefixes, withoutTrailingSlash(path), matcher);
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

function withoutTrailingSlash(path: string): string {
  return path.endsWith('/') ? path.slice(0, -1) : path;
}

function firstThatHolds(
  lookup: Lookup,
  matchers: readonly RouteMatcher[] | undefined,
): MatchedRoute | undefined {
  if (matchers === undefined) return undefined;
  for (const matcher of matchers) {
    if (fulfils(lookup, matcher)) return matcher.result;
  }
  return undefined;
}

/** Keeps each list in order as it grows: one sort of a long list at the end would hold the loop up. */
function insert(map: Map<string, readonly RouteMatcher[]>, key: string, matcher: RouteMatcher): void {
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
  map.set(key, matchers.toSpliced(low, 0, matcher));
}

function takeOut(map: Map<string, readonly RouteMatcher[]>, key: string, matcher: RouteMatcher): void {
  const matchers = map.get(key) ?? [];
  const at = matchers.indexOf(matcher);
  if (at === -1) return;
  if (matchers.length === 1) map.delete(key);
  else map.set(key, matchers.toSpliced(at, 1));
}
