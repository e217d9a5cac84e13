import type { CompiledRedirect } from './compiled-route.ts';
import { editPath, type RedirectedRequest, redirectLocation } from './request-rewrite.ts';

// The table of Gateway API's ReplacePrefixMatch, row for row.
test.each([
  ['/foo/bar', '/foo', '/xyz', '/xyz/bar'],
  ['/foo/bar', '/foo', '/xyz/', '/xyz/bar'],
  ['/foo/bar', '/foo/', '/xyz', '/xyz/bar'],
  ['/foo/bar', '/foo/', '/xyz/', '/xyz/bar'],
  ['/foo', '/foo', '/xyz', '/xyz'],
  ['/foo/', '/foo', '/xyz', '/xyz/'],
  ['/foo/bar', '/foo', '', '/bar'],
  ['/foo/', '/foo', '', '/'],
  ['/foo', '/foo', '', '/'],
  ['/foo/', '/foo', '/', '/'],
  ['/foo', '/foo', '/', '/'],
  ['/foo/bar', '/', '/xyz', '/xyz/foo/bar'],
  ['/', '/', '/xyz', '/xyz/'],
])('%s with prefix %s replaced by %j becomes %s', (path, prefix, replacement, expected) => {
  expect(editPath(path, { prefix: replacement }, prefix)).toBe(expected);
});

test('a full path replaces everything', () => {
  expect(editPath('/foo/bar', { full: '/new' }, '/foo')).toBe('/new');
});

test('without an edit, and without a prefix that matched, the path stays', () => {
  expect(editPath('/foo', undefined, '/foo')).toBe('/foo');
  expect(editPath('/foo', { prefix: '/x' }, undefined)).toBe('/foo');
});

const REQUEST: RedirectedRequest = {
  scheme: 'http',
  hostname: 'shop.example.com',
  path: '/orders/1',
  query: '',
  listenerPort: 8080,
};

const LOCATIONS: [title: string, Partial<CompiledRedirect>, Partial<RedirectedRequest>, expected: string][] =
  [
    ['what is not set stays', {}, {}, 'http://shop.example.com:8080/orders/1'],
    ['port 80 of http is left out', {}, { listenerPort: 80 }, 'http://shop.example.com/orders/1'],
    ['port 443 of http is written', {}, { listenerPort: 443 }, 'http://shop.example.com:443/orders/1'],
    ['a scheme brings its own port', { scheme: 'https' }, {}, 'https://shop.example.com/orders/1'],
    ['the same scheme, named, does so too', { scheme: 'http' }, {}, 'http://shop.example.com/orders/1'],
    [
      'a port beats that of the scheme',
      { scheme: 'https', port: 8443 },
      {},
      'https://shop.example.com:8443/orders/1',
    ],
    ['a port that is the default is left out', { port: 80 }, {}, 'http://shop.example.com/orders/1'],
    [
      'port 443 of https is left out',
      { scheme: 'https', port: 443 },
      {},
      'https://shop.example.com/orders/1',
    ],
    [
      'a request that came by https stays there',
      {},
      { scheme: 'https', listenerPort: 443 },
      'https://shop.example.com/orders/1',
    ],
    [
      'a hostname replaces the host',
      { hostname: 'new.example.com' },
      {},
      'http://new.example.com:8080/orders/1',
    ],
    ['the query stays', { path: { full: '/new' } }, { query: 'a=1' }, 'http://shop.example.com:8080/new?a=1'],
    ['a prefix is replaced', { path: { prefix: '/bills' } }, {}, 'http://shop.example.com:8080/bills/1'],
  ];

test.each(LOCATIONS)('Location: %s', (_title, redirect, request, expected) => {
  expect(redirectLocation({ statusCode: 302, ...redirect }, { ...REQUEST, ...request }, '/orders')).toBe(
    expected,
  );
});
