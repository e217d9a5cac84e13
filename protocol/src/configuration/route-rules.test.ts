import { SCHEMA_LEVEL } from './levels.ts';
import { formatProblem } from './problem.ts';
import { checkResource } from './resources.ts';

function problemsOfRoute(fields: object): string[] {
  const route = { name: 'orders', backendRefs: [{ name: 'orders' }], ...fields };
  return checkResource('route', route, SCHEMA_LEVEL, '/route/orders').map(formatProblem);
}

function setHeaders(...set: unknown[]): object {
  return { filters: [{ type: 'RequestHeaderModifier', requestHeaderModifier: { set } }] };
}

test.each<[string, object, string]>([
  ['no name', { name: undefined }, '/name: expected a name of lower-case letters'],
  ['a number as name', { name: 5 }, '/name: expected a name of lower-case'],
  [
    'an unknown field',
    { backendRef: [] },
    '/backendRef: expected only name, listeners, hostnames, matches, filters, backendRefs, timeouts, retry, found the field "backendRef"',
  ],
  ['no attempts', { retry: { attempts: 0 } }, '/retry/attempts: expected a number 1..10, found 0'],
  [
    'a retry of what went well',
    { retry: { codes: [200] } },
    '/retry/codes/0: expected a status code 400..599, found 200',
  ],
  [
    'a backoff that clients would wait for in vain',
    { retry: { backoff: '1m' } },
    '/retry/backoff: expected a duration of 0s to 10s, found "1m"',
  ],
  ['session persistence', { sessionPersistence: {} }, '/sessionPersistence: expected only'],
  ['an address as hostname', { hostnames: ['10.0.0.1'] }, '/hostnames/0: expected a hostname in lower case'],
  [
    'too many hostnames',
    { hostnames: new Array(65).fill('a.example') },
    '/hostnames: expected a list of at most 64 hostnames, found a list of 65',
  ],
  [
    'no matches in a list of matches',
    { matches: [] },
    '/matches: expected a list of 1 to 64 matches (without the field: every path matches), found a list of 0',
  ],
  ['too many matches', { matches: new Array(65).fill({}) }, '/matches: expected a list of 1 to 64'],
  [
    'a regular expression for a path',
    { matches: [{ path: { type: 'RegularExpression', value: '/a.*' } }] },
    '/matches/0/path/type: expected one of Exact, PathPrefix; regular expressions are not supported: one that backtracks would stall a worker, found "RegularExpression"',
  ],
  [
    'a regular expression for a header',
    { matches: [{ headers: [{ type: 'RegularExpression', name: 'a', value: 'b' }] }] },
    '/matches/0/headers/0/type: expected one of Exact; regular',
  ],
  [
    'a path with a query',
    { matches: [{ path: { type: 'Exact', value: '/a?b' } }] },
    '/matches/0/path/value: expected a path that begins with "/"',
  ],
  [
    'a path without value',
    { matches: [{ path: { type: 'Exact' } }] },
    '/matches/0/path/value: expected a path that begins with "/"',
  ],
  [
    'a method in lower case',
    { matches: [{ method: 'get' }] },
    '/matches/0/method: expected one of GET, HEAD, POST, PUT, DELETE, CONNECT, OPTIONS, TRACE, PATCH, found "get"',
  ],
  [
    '17 header matches',
    { matches: [{ headers: Array.from({ length: 17 }, (_, i) => ({ name: `h${i}`, value: 'v' })) }] },
    '/matches/0/headers: expected a list of at most 16 header matches, found a list of 17',
  ],
  [
    'a header matched twice',
    {
      matches: [
        {
          headers: [
            { name: 'A', value: '1' },
            { name: 'a', value: '2' },
          ],
        },
      ],
    },
    '/matches/0/headers/1/name: expected a header not named twice, found "a"',
  ],
  [
    'a query parameter matched twice',
    {
      matches: [
        {
          queryParams: [
            { name: 'a', value: '1' },
            { name: 'a', value: '2' },
          ],
        },
      ],
    },
    '/matches/0/queryParams/1/name: expected a parameter not named twice, found "a"',
  ],
  [
    'a header value with a line break',
    setHeaders({ name: 'a', value: 'secret\r\n' }),
    '/filters/0/requestHeaderModifier/set/0/value: expected a header value of 1 to 4096 printable ASCII characters, without white space at its ends, found a text of 8 characters, with a line break (not shown)',
  ],
  [
    'a secret where a header should stand',
    setHeaders('Authorization: secret'),
    '/filters/0/requestHeaderModifier/set/0: expected an object with name and value, found a text of 21 characters (not shown)',
  ],
  [
    'the header Host',
    setHeaders({ name: 'Host', value: 'a' }),
    '/filters/0/requestHeaderModifier/set/0/name: expected the name of a header',
  ],
  [
    'a header set twice',
    setHeaders({ name: 'A', value: '1' }, { name: 'a', value: '2' }),
    '/filters/0/requestHeaderModifier/set/1/name: expected a header not named twice, found "a"',
  ],
  [
    'the removal of Transfer-Encoding',
    {
      filters: [
        { type: 'ResponseHeaderModifier', responseHeaderModifier: { remove: ['Transfer-Encoding'] } },
      ],
    },
    '/filters/0/responseHeaderModifier/remove/0: expected the name of a header',
  ],
  [
    'a filter that is not supported',
    { filters: [{ type: 'RequestMirror', requestMirror: {} }] },
    '/filters/0/type: expected one of RequestHeaderModifier, ResponseHeaderModifier, RequestRedirect, URLRewrite; RequestMirror, CORS, ExternalAuth and ExtensionRef are not supported yet, found "RequestMirror"',
  ],
  [
    'a filter without type',
    { filters: [{ urlRewrite: {} }] },
    '/filters/0/type: expected one of RequestHeaderModifier',
  ],
  [
    'a filter without its field',
    { filters: [{ type: 'URLRewrite' }] },
    '/filters/0/urlRewrite: expected an object with hostname or path, found nothing',
  ],
  [
    'a filter of one type twice',
    {
      filters: [
        { type: 'URLRewrite', urlRewrite: {} },
        { type: 'URLRewrite', urlRewrite: {} },
      ],
    },
    '/filters/1/type: expected each type of filter at most once in a route, found a second URLRewrite',
  ],
  [
    'a prefix replaced beside an exact match',
    {
      matches: [{}, { path: { type: 'Exact', value: '/a' } }],
      filters: [
        {
          type: 'URLRewrite',
          urlRewrite: { path: { type: 'ReplacePrefixMatch', replacePrefixMatch: '/b' } },
        },
      ],
    },
    '/filters/0/urlRewrite/path/type: expected ReplaceFullPath; ReplacePrefixMatch needs PathPrefix in all matches of the route, found "ReplacePrefixMatch" with an Exact path in matches/1',
  ],
  [
    'a replacement of an unknown type',
    { filters: [{ type: 'URLRewrite', urlRewrite: { path: { type: 'Regex' } } }] },
    '/filters/0/urlRewrite/path/type: expected one of ReplaceFullPath, ReplacePrefixMatch, found "Regex"',
  ],
  [
    'a redirect with backends',
    { filters: [{ type: 'RequestRedirect', requestRedirect: { scheme: 'https' } }] },
    '/backendRefs: expected no backendRefs: the route answers by its RequestRedirect, found a list of 1',
  ],
  [
    'a redirect and a rewrite',
    {
      backendRefs: [],
      filters: [
        { type: 'RequestRedirect', requestRedirect: { scheme: 'https' } },
        { type: 'URLRewrite', urlRewrite: {} },
      ],
    },
    '/filters: expected either RequestRedirect or URLRewrite',
  ],
  [
    'a redirect to itself',
    { backendRefs: [], filters: [{ type: 'RequestRedirect', requestRedirect: { statusCode: 301 } }] },
    '/filters/0/requestRedirect: expected at least one of scheme, hostname, path, port: without any it redirects to itself, found an object with the fields statusCode',
  ],
  [
    'a redirect with an odd status',
    {
      backendRefs: [],
      filters: [{ type: 'RequestRedirect', requestRedirect: { scheme: 'https', statusCode: 200 } }],
    },
    '/filters/0/requestRedirect/statusCode: expected one of 301, 302, 303, 307, 308, found 200',
  ],
  [
    'a weight below zero',
    { backendRefs: [{ name: 'orders', weight: -1 }] },
    '/backendRefs/0/weight: expected a weight 0..1000000, found -1',
  ],
  [
    'a weight that is no integer',
    { backendRefs: [{ name: 'orders', weight: 0.5 }] },
    '/backendRefs/0/weight: expected a weight 0..1000000, found 0.5',
  ],
  [
    'a port in a backendRef',
    { backendRefs: [{ name: 'orders', port: 80 }] },
    '/backendRefs/0/port: expected only name, weight; the port is the backend\'s own, found the field "port"',
  ],
  [
    'a timeout that is no duration',
    { timeouts: { request: '10' } },
    '/timeouts/request: expected a duration such as 500ms, 10s or 1m30s, at most 24h, found "10"',
  ],
  [
    'a timeout beyond what a timer can wait',
    { timeouts: { request: '25h' } },
    '/timeouts/request: expected a duration',
  ],
  [
    'a backendRequest longer than the request',
    { timeouts: { request: '1s', backendRequest: '2s' } },
    '/timeouts/backendRequest: expected at most 1s, which is the timeout of the whole request, found "2s"',
  ],
])('a route with %s is one problem', (_title, fields, line) => {
  const problems = problemsOfRoute(fields);
  expect(problems).toEqual([expect.stringContaining(`/route/orders${line}`)]);
  expect(problems[0]).not.toContain('secret');
});

test('a backendRequest as long as the request, and one beside a disabled request, are fine', () => {
  expect(problemsOfRoute({ timeouts: { request: '1m', backendRequest: '60s' } })).toEqual([]);
  expect(problemsOfRoute({ timeouts: { request: '0s', backendRequest: '60s' } })).toEqual([]);
});

test('a resource of more than 64 KiB is refused', () => {
  const header = (value: string) => Array.from({ length: 16 }, (_, i) => ({ name: `h${i}`, value }));
  const matches = [1, 2].map((n) => ({ headers: header('a'.repeat(n * 2000)) }));
  expect(problemsOfRoute({ matches })).toEqual([
    expect.stringMatching(/^\/route\/orders: expected at most 65536 bytes of JSON, found \d+ bytes$/),
  ]);
});
