/** One match of a route, apart from host and path: whether a request fulfils it, and what comes before what. */
import type { MatchedRoute, RequestHead } from './compiled-route.ts';
import { firstQueryParams } from './query-params.ts';

export type NameAndValue = readonly [name: string, value: string];

/** Immutable. */
export interface RouteMatcher {
  /** Undefined: every listener. */
  readonly listeners: readonly string[] | undefined;
  readonly method: string | undefined;
  /** Names in lower case, each once. */
  readonly headers: readonly NameAndValue[];
  readonly queryParams: readonly NameAndValue[];
  readonly routeName: string;
  /** Its place among the matches of its route. */
  readonly order: number;
  /** What a lookup that ends here answers; made once, so that lookups allocate nothing for it. */
  readonly result: MatchedRoute;
}

/** A request under lookup; its query is read at most once, however many matches ask for it. */
export class Lookup {
  readonly head: RequestHead;
  #queryParams: Map<string, string> | undefined;

  constructor(head: RequestHead) {
    this.head = head;
  }

  get queryParams(): Map<string, string> {
    this.#queryParams ??= firstQueryParams(this.head.query);
    return this.#queryParams;
  }
}

/**
 * Negative where `a` is tried first. Total: on one host and path no two matches of different routes are equal.
 * Gateway API puts the older route before the name; a configuration knows no ages.
 */
export function comparePrecedence(a: RouteMatcher, b: RouteMatcher): number {
  return (
    Number(b.method !== undefined) - Number(a.method !== undefined) ||
    b.headers.length - a.headers.length ||
    b.queryParams.length - a.queryParams.length ||
    compareText(a.routeName, b.routeName) ||
    a.order - b.order
  );
}

export function fulfils(lookup: Lookup, matcher: RouteMatcher): boolean {
  const { head } = lookup;
  if (matcher.method !== undefined && matcher.method !== head.method) return false;
  if (matcher.listeners !== undefined && !matcher.listeners.includes(head.listener)) return false;
  for (const [name, value] of matcher.headers) {
    if (headerValue(head, name) !== value) return false;
  }
  for (const [name, value] of matcher.queryParams) {
    if (lookup.queryParams.get(name) !== value) return false;
  }
  return true;
}

/** Repeated fields are one list (RFC 9110 5.3). */
function headerValue(head: RequestHead, name: string): string | undefined {
  const value = Object.hasOwn(head.headers, name) ? head.headers[name] : undefined;
  return Array.isArray(value) ? value.join(', ') : value;
}

/** By code unit: the same on every machine, whatever its locale. */
function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
