import { isCanonicalPath, MAX_PATH_LENGTH } from './path.ts';

test.each([
  '/',
  '/orders',
  '/orders/',
  "/a-b_c.d~e!$&'()*+,;=:@f",
  '/caf%C3%A9',
  '/a%20b',
  '/...',
  '/.well-known/x',
  '/a%25b',
])('%j is a canonical path', (text) => {
  expect(isCanonicalPath(text)).toBe(true);
});

test.each([
  ['', 'it is empty'],
  ['orders', 'it does not begin with "/"'],
  ['/a?b=c', 'it has a query'],
  ['/a#b', 'it has a fragment'],
  ['/a//b', 'it has an empty segment'],
  ['//a', 'a browser would take it for a host'],
  ['/a/./b', 'it has a "." segment'],
  ['/a/..', 'it has a ".." segment'],
  ['/a%2Fb', 'it hides a "/"'],
  ['/a%2fb', 'it hides a "/" in lower case'],
  ['/a%5Cb', 'it hides a "\\"'],
  ['/a\\b', 'it has a "\\"'],
  ['/%2e%2e/b', 'it hides dot segments'],
  ['/%41', 'it encodes a letter'],
  ['/a%00', 'it hides a NUL'],
  ['/a%0a', 'it hides a line feed'],
  ['/a%', 'its escape is cut off'],
  ['/caf%c3%a9', 'its escapes are in lower case'],
  ['/..;a/b', 'its ".." segment has parameters'],
  ['/a%zz', 'its escape is no number'],
  ['/a b', 'it has a space'],
  ['/a\n', 'it ends with a line feed'],
  ['/café', 'it is not ASCII'],
])('%j is no canonical path: %s', (text) => {
  expect(isCanonicalPath(text)).toBe(false);
});

test('a path has at most 1024 characters', () => {
  const longest = `/${'a'.repeat(MAX_PATH_LENGTH - 1)}`;
  expect([isCanonicalPath(longest), isCanonicalPath(`${longest}a`)]).toEqual([true, false]);
});
