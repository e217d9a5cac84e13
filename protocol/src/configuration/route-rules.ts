/** What the fields of one route say about each other: the rules that a JSON Schema cannot put in words. */
import { describeFound } from '../validation/found.ts';
import type { Problem } from '../validation/validator.ts';
import { parseDuration } from '../values/duration.ts';
import { pointerTo } from '../values/json-pointer.ts';
import { durationProblems } from './duration-bounds.ts';
import type { Duration, HeaderModifier, NamedValue, Route, RouteFilter, RouteMatch } from './types.ts';

/** A request that waits longer holds its client's connection for nothing. */
const LONGEST_BACKOFF: Duration = '10s';

/** Problems of a route that has the form of its schema. */
export function checkRouteRules(route: Route, at: string): Problem[] {
  return [
    ...(route.matches ?? []).flatMap((match, index) => checkMatch(match, pointerTo(at, 'matches', index))),
    ...checkFilters(route, at),
    ...checkTimeouts(route, at),
    ...durationProblems(
      route.retry?.backoff ?? '0s',
      { most: LONGEST_BACKOFF },
      pointerTo(at, 'retry', 'backoff'),
    ),
  ];
}

function checkMatch(match: RouteMatch, at: string): Problem[] {
  return [
    ...checkUnique(match.headers, lowerCaseName, pointerTo(at, 'headers'), 'a header not named twice'),
    ...checkUnique(match.queryParams, exactName, pointerTo(at, 'queryParams'), 'a parameter not named twice'),
  ];
}

function checkFilters(route: Route, at: string): Problem[] {
  const problems: Problem[] = [];
  const seen = new Set<RouteFilter['type']>();
  for (const [index, filter] of (route.filters ?? []).entries()) {
    const pointer = pointerTo(at, 'filters', index);
    if (seen.has(filter.type)) {
      problems.push({
        pointer: pointerTo(pointer, 'type'),
        expected: 'each type of filter at most once in a route',
        found: `a second ${filter.type}`,
      });
    }
    seen.add(filter.type);
    problems.push(...checkFilter(route, filter, pointer));
  }
  return [...problems, ...checkRedirectAlone(route, seen, at)];
}

function checkFilter(route: Route, filter: RouteFilter, at: string): Problem[] {
  switch (filter.type) {
    case 'RequestHeaderModifier':
      return checkModifier(filter.requestHeaderModifier, pointerTo(at, 'requestHeaderModifier'));
    case 'ResponseHeaderModifier':
      return checkModifier(filter.responseHeaderModifier, pointerTo(at, 'responseHeaderModifier'));
    case 'URLRewrite':
      return checkPrefixReplacement(route, filter.urlRewrite.path?.type, pointerTo(at, 'urlRewrite', 'path'));
    case 'RequestRedirect': {
      const { scheme, hostname, path, port } = filter.requestRedirect;
      const pointer = pointerTo(at, 'requestRedirect');
      if ([scheme, hostname, path, port].some((part) => part !== undefined)) {
        return checkPrefixReplacement(route, path?.type, pointerTo(pointer, 'path'));
      }
      const expected = 'at least one of scheme, hostname, path, port: without any it redirects to itself';
      return [{ pointer, expected, found: describeFound(filter.requestRedirect) }];
    }
  }
}

function checkModifier(modifier: HeaderModifier, at: string): Problem[] {
  const expected = 'a header not named twice';
  return [
    ...checkUnique(modifier.set, lowerCaseName, pointerTo(at, 'set'), expected),
    ...checkUnique(modifier.add, lowerCaseName, pointerTo(at, 'add'), expected),
  ];
}

/** An exact match has no prefix that could be replaced. */
function checkPrefixReplacement(route: Route, type: string | undefined, at: string): Problem[] {
  const exact = route.matches?.findIndex((match) => match.path?.type === 'Exact') ?? -1;
  if (type !== 'ReplacePrefixMatch' || exact === -1) return [];
  return [
    {
      pointer: pointerTo(at, 'type'),
      expected: 'ReplaceFullPath; ReplacePrefixMatch needs PathPrefix in all matches of the route',
      found: `"ReplacePrefixMatch" with an Exact path in matches/${exact}`,
    },
  ];
}

function checkRedirectAlone(route: Route, types: ReadonlySet<RouteFilter['type']>, at: string): Problem[] {
  const problems: Problem[] = [];
  if (!types.has('RequestRedirect')) return problems;
  if (types.has('URLRewrite')) {
    problems.push({
      pointer: pointerTo(at, 'filters'),
      expected: 'either RequestRedirect or URLRewrite: a redirect has its own path and hostname',
      found: 'both',
    });
  }
  if (route.backendRefs !== undefined && route.backendRefs.length > 0) {
    problems.push({
      pointer: pointerTo(at, 'backendRefs'),
      expected: 'no backendRefs: the route answers by its RequestRedirect',
      found: describeFound(route.backendRefs),
    });
  }
  return problems;
}

function checkTimeouts({ timeouts }: Route, at: string): Problem[] {
  if (timeouts?.request === undefined || timeouts.backendRequest === undefined) return [];
  const request = parseDuration(timeouts.request)!;
  if (request === 0 || parseDuration(timeouts.backendRequest)! <= request) return [];
  return [
    {
      pointer: pointerTo(at, 'timeouts', 'backendRequest'),
      expected: `at most ${timeouts.request}, which is the timeout of the whole request`,
      found: describeFound(timeouts.backendRequest),
    },
  ];
}

const exactName = ({ name }: NamedValue) => name;
const lowerCaseName = ({ name }: NamedValue) => name.toLowerCase();

function checkUnique(
  values: NamedValue[] | undefined,
  identify: (value: NamedValue) => string,
  at: string,
  expected: string,
): Problem[] {
  const problems: Problem[] = [];
  const seen = new Set<string>();
  for (const [index, value] of (values ?? []).entries()) {
    const identity = identify(value);
    const pointer = pointerTo(at, index, 'name');
    if (seen.has(identity)) problems.push({ pointer, expected, found: describeFound(value.name) });
    seen.add(identity);
  }
  return problems;
}
