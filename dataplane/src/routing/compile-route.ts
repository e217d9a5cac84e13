/** Turns a route as it is configured into one as the request path uses it. */
import type {
  NamedValue,
  PathModifier,
  Route,
  RouteFilter,
  RouteMatch,
} from '@holdfast/protocol/configuration/types.ts';
import type { Reason } from '@holdfast/protocol/stream/messages.ts';
import { DURATION_EXPECTED, parseDuration } from '@holdfast/protocol/values/duration.ts';
import type { Backend } from '../upstreams/backend.ts';
import { DEFAULT_RETRY } from '../upstreams/retry-policy.ts';
import { backendChoice, type WeightedBackend } from './backend-choice.ts';
import { canonicalPath, PATH_REFUSALS } from './canonical-path.ts';
import { CompileError, type CompileReasonCode, pointerStep, reason } from './compile-error.ts';
import type {
  CompiledRedirect,
  CompiledRewrite,
  CompiledRoute,
  HeaderEdit,
  PathEdit,
} from './compiled-route.ts';
import type { NameAndValue, RouteMatcher } from './route-match.ts';
import type { RoutePlace } from './route-table.ts';

export const DEFAULT_BACKEND_REQUEST_MS = 60_000;

// What most routes have in common is made once: 10,000 of them are built while requests wait.
const NO_FILTERS = {};
const NO_RETRY = {};
const NO_VALUES: readonly NameAndValue[] = [];
const DEFAULT_TIMEOUTS = { requestMs: 0, backendRequestMs: DEFAULT_BACKEND_REQUEST_MS };
const EVERY_HOST = [undefined];
const EVERY_REQUEST: RouteMatch[] = [{}];

/** Immutable. */
export interface RouteEntry {
  readonly route: CompiledRoute;
  /** Of each match on each hostname, where it belongs in the table. */
  readonly hostnames: readonly (string | undefined)[];
  readonly matches: readonly { place: Omit<RoutePlace, 'hostname'>; matcher: RouteMatcher }[];
  readonly backendNames: readonly string[];
}

export type FindBackend = (name: string) => Backend | undefined;

/** Throws CompileError with every reason found. */
export function compileRoute(route: Route, findBackend: FindBackend): RouteEntry {
  return new RouteCompiler(route, findBackend).compile();
}

class RouteCompiler {
  readonly #route: Route;
  readonly #findBackend: FindBackend;
  readonly #reasons: Reason[] = [];

  constructor(route: Route, findBackend: FindBackend) {
    this.#route = route;
    this.#findBackend = findBackend;
  }

  compile(): RouteEntry {
    const { hostnames, matches, backendRefs = [] } = this.#route;
    const route: CompiledRoute = {
      name: this.#route.name,
      ...this.#filters(),
      pickBackend: backendChoice(this.#weightedBackends()),
      timeouts: this.#timeouts(),
      ...this.#retry(),
    };
    const entry: RouteEntry = {
      route,
      hostnames: isAbsent(hostnames) ? EVERY_HOST : hostnames.map((name) => name.toLowerCase()),
      matches: (isAbsent(matches) ? EVERY_REQUEST : matches).map((match, order) =>
        this.#match(match, order, route),
      ),
      backendNames: backendRefs.map(({ name }) => name),
    };
    if (this.#reasons.length > 0) throw new CompileError(this.#reasons);
    return entry;
  }

  #match(match: RouteMatch, order: number, route: CompiledRoute): RouteEntry['matches'][number] {
    const { type: pathType = 'PathPrefix', value } = match.path ?? { value: '/' };
    const path = this.#path(value, `/matches/${order}/path/value`);
    const listeners = this.#route.listeners;
    const matcher: RouteMatcher = {
      listeners: isAbsent(listeners) ? undefined : listeners,
      method: match.method,
      headers: firstOfEachName(match.headers, (name) => name.toLowerCase()),
      queryParams: firstOfEachName(match.queryParams, (name) => name),
      routeName: route.name,
      order,
      result: { route, prefix: pathType === 'PathPrefix' ? path : undefined },
    };
    return { place: { pathType, path }, matcher };
  }

  #filters(): Pick<CompiledRoute, 'requestHeaders' | 'responseHeaders' | 'redirect' | 'rewrite'> {
    const { filters } = this.#route;
    if (isAbsent(filters)) return NO_FILTERS;
    const types = filters.map(({ type }) => type);
    filters.forEach(({ type }, index) => {
      if (types.indexOf(type) !== index)
        this.#refuse('FilterRepeated', `a second ${type}`, `/filters/${index}`);
    });
    if (types.includes('RequestRedirect') && types.includes('URLRewrite')) {
      this.#refuse('FilterConflict', 'RequestRedirect and URLRewrite exclude each other', '/filters');
    }
    return Object.assign({}, ...filters.map((filter, index) => this.#filter(filter, `/filters/${index}`)));
  }

  #filter(filter: RouteFilter, pointer: string): Partial<CompiledRoute> {
    switch (filter.type) {
      case 'RequestHeaderModifier':
        return { requestHeaders: headerEdit(filter.requestHeaderModifier) };
      case 'ResponseHeaderModifier':
        return { responseHeaders: headerEdit(filter.responseHeaderModifier) };
      case 'RequestRedirect': {
        const { path, statusCode = 302, ...rest } = filter.requestRedirect;
        const redirect: CompiledRedirect = { ...rest, statusCode };
        if (path !== undefined) redirect.path = this.#pathEdit(path, `${pointer}/requestRedirect/path`);
        return { redirect };
      }
      case 'URLRewrite': {
        const { path, ...rest } = filter.urlRewrite;
        const rewrite: CompiledRewrite = { ...rest };
        if (path !== undefined) rewrite.path = this.#pathEdit(path, `${pointer}/urlRewrite/path`);
        return { rewrite };
      }
      default:
        throw new TypeError(`a filter of unknown type ${JSON.stringify((filter as { type: unknown }).type)}`);
    }
  }

  #pathEdit(modifier: PathModifier, pointer: string): PathEdit {
    if (modifier.type === 'ReplaceFullPath') {
      return { full: this.#path(modifier.replaceFullPath, `${pointer}/replaceFullPath`) };
    }
    const exact = this.#route.matches?.findIndex(({ path }) => path?.type === 'Exact') ?? -1;
    if (exact !== -1) {
      this.#refuse(
        'FilterConflict',
        `ReplacePrefixMatch needs a PathPrefix, matches/${exact} is Exact`,
        pointer,
      );
    }
    const prefix = modifier.replacePrefixMatch;
    return { prefix: prefix === '' ? '' : this.#path(prefix, `${pointer}/replacePrefixMatch`) };
  }

  /** A route's paths take the form that requests' paths have; one that is refused there could never match. */
  #path(value: string, pointer: string): string {
    const { path, refused } = canonicalPath(value);
    if (path !== undefined) return path;
    this.#refuse('PathInvalid', `${JSON.stringify(value)}: ${PATH_REFUSALS[refused]}`, pointer);
    return '/';
  }

  #weightedBackends(): WeightedBackend[] {
    const weighted: WeightedBackend[] = [];
    (this.#route.backendRefs ?? []).forEach(({ name, weight = 1 }, index) => {
      const backend = this.#findBackend(name);
      if (backend !== undefined) weighted.push({ backend, weight });
      else
        this.#refuse(
          'BackendNotFound',
          `there is no backend ${JSON.stringify(name)}`,
          `/backendRefs/${index}/name`,
        );
    });
    return weighted;
  }

  #timeouts(): CompiledRoute['timeouts'] {
    if (this.#route.timeouts === undefined) return DEFAULT_TIMEOUTS;
    const { request, backendRequest } = this.#route.timeouts;
    const requestMs = request === undefined ? 0 : this.#duration(request, '/timeouts/request');
    if (backendRequest !== undefined) {
      return { requestMs, backendRequestMs: this.#duration(backendRequest, '/timeouts/backendRequest') };
    }
    return { requestMs, backendRequestMs: Math.min(DEFAULT_BACKEND_REQUEST_MS, requestMs || Infinity) };
  }

  #retry(): Pick<CompiledRoute, 'retry'> {
    if (this.#route.retry === undefined) return NO_RETRY;
    const { attempts, codes, backoff } = { ...DEFAULT_RETRY, ...this.#route.retry };
    return {
      retry: { attempts, codes: new Set(codes), backoffMs: this.#duration(backoff, '/retry/backoff') },
    };
  }

  #duration(text: string, pointer: string): number {
    const milliseconds = parseDuration(text);
    if (milliseconds !== undefined) return milliseconds;
    this.#refuse('DurationInvalid', `expected ${DURATION_EXPECTED}, found ${JSON.stringify(text)}`, pointer);
    return 0;
  }

  #refuse(code: CompileReasonCode, message: string, pointer: string): void {
    this.#reasons.push(reason(code, message, `/route/${pointerStep(this.#route.name)}${pointer}`));
  }
}

/** Not so for what is no list: a broken `matches` must throw and not match every request. */
function isAbsent(list: readonly unknown[] | undefined): list is undefined {
  return list === undefined || list.length === 0;
}

/** Of several entries with one name only the first counts, as Gateway API has it. */
function firstOfEachName(
  values: NamedValue[] | undefined,
  nameOf: (name: string) => string,
): readonly NameAndValue[] {
  if (isAbsent(values)) return NO_VALUES;
  const byName = new Map<string, string>();
  for (const { name, value } of values) {
    const key = nameOf(name);
    if (!byName.has(key)) byName.set(key, value);
  }
  return [...byName];
}

function headerEdit({
  set = [],
  add = [],
  remove = [],
}: {
  set?: NamedValue[];
  add?: NamedValue[];
  remove?: string[];
}): HeaderEdit {
  const pair = ({ name, value }: NamedValue): [string, string] => [name.toLowerCase(), value];
  return { set: set.map(pair), add: add.map(pair), remove: remove.map((name) => name.toLowerCase()) };
}
