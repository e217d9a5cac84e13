import type { Route } from '@holdfast/protocol/configuration/types.ts';
import type { Reason } from '@holdfast/protocol/stream/messages.ts';
import type { Backend } from '../upstreams/backend.ts';
import { Upstream } from '../upstreams/upstream.ts';
import { CompileError } from './compile-error.ts';
import { compileRoute } from './compile-route.ts';

const BACKEND: Backend = { name: 'one', upstream: new Upstream('one', 1), pick: () => undefined };
const findBackend = (name: string) => (name === 'one' ? BACKEND : undefined);
const compiled = (route: Omit<Route, 'name'>) => compileRoute({ name: 'a', ...route }, findBackend).route;

function refusal(route: Omit<Route, 'name'>): Reason[] {
  try {
    compiled(route);
  } catch (error) {
    if (error instanceof CompileError) return error.reasons;
  }
  throw new Error('it was not refused');
}

test.each([
  ['without timeouts a try has 60 s', undefined, { requestMs: 0, backendRequestMs: 60_000 }],
  [
    'both are read',
    { request: '10s', backendRequest: '500ms' },
    { requestMs: 10_000, backendRequestMs: 500 },
  ],
  [
    'a try has no longer than the request',
    { request: '10s' },
    { requestMs: 10_000, backendRequestMs: 10_000 },
  ],
  [
    'a request that may last for ever leaves a try its 60 s',
    { request: '0s' },
    { requestMs: 0, backendRequestMs: 60_000 },
  ],
  ['0s lets a try last for ever', { backendRequest: '0s' }, { requestMs: 0, backendRequestMs: 0 }],
])('timeouts: %s', (_title, timeouts, expected) => {
  expect(compiled(timeouts === undefined ? {} : { timeouts }).timeouts).toEqual(expected);
});

test('header names are brought to lower case and values stay', () => {
  const edit = { set: [{ name: 'X-A', value: 'Va' }], add: [{ name: 'X-B', value: 'Vb' }], remove: ['X-C'] };
  const route = compiled({
    filters: [
      { type: 'RequestHeaderModifier', requestHeaderModifier: edit },
      { type: 'ResponseHeaderModifier', responseHeaderModifier: { remove: ['Server'] } },
    ],
  });
  expect(route.requestHeaders).toEqual({ set: [['x-a', 'Va']], add: [['x-b', 'Vb']], remove: ['x-c'] });
  expect(route.responseHeaders).toEqual({ set: [], add: [], remove: ['server'] });
});

test('a redirect answers 302 where it says no other status, and its path takes the canonical form', () => {
  const route = compiled({
    filters: [
      {
        type: 'RequestRedirect',
        requestRedirect: {
          scheme: 'https',
          path: { type: 'ReplaceFullPath', replaceFullPath: '/caf%c3%a9' },
        },
      },
    ],
  });
  expect(route.redirect).toEqual({ scheme: 'https', statusCode: 302, path: { full: '/caf%C3%A9' } });
});

test('a rewrite may replace a prefix with nothing', () => {
  const path = { type: 'ReplacePrefixMatch' as const, replacePrefixMatch: '' };
  const route = compiled({ filters: [{ type: 'URLRewrite', urlRewrite: { hostname: 'h', path } }] });
  expect(route.rewrite).toEqual({ hostname: 'h', path: { prefix: '' } });
});

test('a route without backends, or with weights of 0 only, has no backend to take', () => {
  expect(compiled({}).pickBackend()).toBeUndefined();
  expect(compiled({ backendRefs: [{ name: 'one', weight: 0 }] }).pickBackend()).toBeUndefined();
  expect(compiled({ backendRefs: [{ name: 'one' }] }).pickBackend()).toBe(BACKEND);
});

const prefixRewrite = {
  type: 'URLRewrite',
  urlRewrite: { path: { type: 'ReplacePrefixMatch', replacePrefixMatch: '/x' } },
} as const;
const fullRewrite = (replaceFullPath: string) =>
  ({ type: 'URLRewrite', urlRewrite: { path: { type: 'ReplaceFullPath', replaceFullPath } } }) as const;

test.each<[title: string, Omit<Route, 'name'>, code: string, pointer: string]>([
  [
    'a backendRef to no backend',
    { backendRefs: [{ name: 'no' }] },
    'BackendNotFound',
    '/route/a/backendRefs/0/name',
  ],
  [
    'a timeout that is no duration',
    { timeouts: { request: '10' } },
    'DurationInvalid',
    '/route/a/timeouts/request',
  ],
  [
    'a path that no request can have',
    { matches: [{ path: { type: 'Exact', value: '/a//b' } }] },
    'PathInvalid',
    '/route/a/matches/0/path/value',
  ],
  [
    'a new path that would split the request',
    { filters: [fullRewrite('/x HTTP/1.1\r\nX: 1')] },
    'PathInvalid',
    '/route/a/filters/0/urlRewrite/path/replaceFullPath',
  ],
  [
    'a filter given twice',
    { filters: [fullRewrite('/x'), fullRewrite('/y')] },
    'FilterRepeated',
    '/route/a/filters/1',
  ],
  [
    'a redirect that also rewrites',
    { filters: [fullRewrite('/x'), { type: 'RequestRedirect', requestRedirect: {} }] },
    'FilterConflict',
    '/route/a/filters',
  ],
  [
    'a prefix to replace after an exact match',
    { matches: [{ path: { type: 'Exact', value: '/a' } }], filters: [prefixRewrite] },
    'FilterConflict',
    '/route/a/filters/0/urlRewrite/path',
  ],
])('%s is refused with its pointer', (_title, route, code, pointer) => {
  expect(refusal(route)).toEqual([{ code, pointer, message: expect.any(String) }]);
});

test('everything that is wrong with a route is told at once', () => {
  const codes = refusal({ backendRefs: [{ name: 'no' }], timeouts: { request: 'x' } }).map(
    ({ code }) => code,
  );
  expect(codes).toEqual(['BackendNotFound', 'DurationInvalid']);
});
