import { formatHostPort, isLoopback, parseHostPort } from './address.ts';

test.each([
  ['127.0.0.1:80', '127.0.0.1', 80],
  ['[::1]:7085', '::1', 7085],
  [':9000', '127.0.0.1', 9000],
])('%s is read as host %s and port %i', (text, host, port) => {
  expect(parseHostPort(text)).toEqual({ host, port });
});

test.each(['', '80', 'example.com:80', '::1:80', '[127.0.0.1]:80', '127.0.0.1:65536', '1.2.3.4:'])(
  '%j is no address',
  (text) => {
    expect(parseHostPort(text)).toBeUndefined();
  },
);

test('an address is written as it is read', () => {
  for (const text of ['10.0.0.1:80', '[fd00::1]:443'])
    expect(formatHostPort(parseHostPort(text)!)).toBe(text);
});

test.each([
  ['127.8.9.1', true],
  ['localhost', true],
  ['[::1]', true],
  ['10.0.0.1', false],
  ['127.example.com', false],
])('isLoopback(%s) is %s', (host, expected) => {
  expect(isLoopback(host)).toBe(expected);
});
