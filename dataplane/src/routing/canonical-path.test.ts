import fc from 'fast-check';
import { canonicalPath, PATH_REFUSALS } from './canonical-path.ts';

test.each([
  ['a plain path stays as it is', '/orders/42', '/orders/42'],
  ['the root stays as it is', '/', '/'],
  ['a trailing slash stays', '/orders/', '/orders/'],
  ['a segment that begins with a dot is a name', '/.well-known/x', '/.well-known/x'],
  ['three dots are a name', '/.../x', '/.../x'],
  ['escaped unreserved characters are decoded', '/%6Frders/%7e%2Da', '/orders/~-a'],
  ['escapes are written in upper case', '/caf%c3%a9', '/caf%C3%A9'],
  ['an escaped reserved character stays escaped', '/a%3bb%26', '/a%3Bb%26'],
  ['an escaped percent sign is decoded only once', '/a%252e%252e', '/a%252e%252e'],
  ['characters that a path cannot hold as they are get escaped', '/a|b"{c}', '/a%7Cb%22%7Bc%7D'],
  ['parameters of a segment stay', '/a;v=1/b', '/a;v=1/b'],
])('%s: %s', (_title, path, expected) => {
  expect(canonicalPath(path)).toEqual({ path: expected });
});

test.each([
  ['*', 'NotAbsolute'],
  ['', 'NotAbsolute'],
  ['orders', 'NotAbsolute'],
  ['/a/../b', 'DotSegment'],
  ['/a/..', 'DotSegment'],
  ['/.', 'DotSegment'],
  ['/a/./b', 'DotSegment'],
  ['/a/%2e%2E/b', 'DotSegment'],
  ['/a/.%2e', 'DotSegment'],
  ['/a/..;x=1/b', 'DotSegment'],
  ['//a', 'EmptySegment'],
  ['/a//', 'EmptySegment'],
  ['/a%2Fb', 'EscapedSeparator'],
  ['/a%5cb', 'EscapedSeparator'],
  ['/a\\b', 'EscapedSeparator'],
  ['/a%00', 'NullByte'],
  ['/a%', 'BadEscape'],
  ['/a%4', 'BadEscape'],
  ['/a%zz', 'BadEscape'],
  ['/a%+1', 'BadEscape'],
  ['/a b', 'BadCharacter'],
  ['/a\tb', 'BadCharacter'],
  ['/a\nb', 'BadCharacter'],
  ['/a\x7f', 'BadCharacter'],
  ['/é', 'BadCharacter'],
  ['/a?b', 'BadCharacter'],
  ['/a#b', 'BadCharacter'],
])('%j is refused as %s', (path, refused) => {
  expect(canonicalPath(path)).toEqual({ refused });
});

const nearPath = fc
  .array(fc.constantFrom('/', '.', '%', '2', 'e', 'F', '5', 'c', '0', ';', 'a', '\\', 'é', '|', '%2e', '%41'))
  .map((parts) => `/${parts.join('')}`);

test('whatever comes, the answer is a refusal of the table or a path that is its own canonical form', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        nearPath,
        fc.uint8Array().map((bytes) => Buffer.from(bytes).toString('latin1')),
      ),
      (path) => {
        const first = canonicalPath(path);
        if (first.refused !== undefined) expect(Object.keys(PATH_REFUSALS)).toContain(first.refused);
        else expect(canonicalPath(first.path)).toEqual({ path: first.path });
      },
    ),
    { numRuns: 1_000 },
  );
});

test('an accepted path is read by a URL parser as it stands, so that a backend finds no other path in it', () => {
  fc.assert(
    fc.property(nearPath, (path) => {
      const { path: canonical } = canonicalPath(path);
      if (canonical !== undefined) expect(new URL(`http://host${canonical}`).pathname).toBe(canonical);
    }),
    { numRuns: 1_000 },
  );
});
