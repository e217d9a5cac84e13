import { isHostname, isRouteHostname } from './hostname.ts';

test.each(['shop.example.com', 'localhost', 'xn--bcher-kva.example'])('%j is a hostname', (text) => {
  expect(isHostname(text)).toBe(true);
});

test.each([
  'Shop.example.com',
  'shop.example.com.',
  'shop.example.com:80',
  '10.0.0.1',
  '::1',
  '*.example.com',
  '',
])('%j is no hostname', (text) => {
  expect(isHostname(text)).toBe(false);
});

test('a route may name a wildcard of one whole label at the front', () => {
  const wildcards = [
    '*.example.com',
    '*.com',
    '*',
    '*.',
    '*a.example.com',
    'a.*.com',
    '*.*.com',
    '*.10.0.0.1',
  ];
  expect(wildcards.filter(isRouteHostname)).toEqual(['*.example.com', '*.com']);
});
