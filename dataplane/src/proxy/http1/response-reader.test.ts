import { DEFAULT_LIMITS } from '../limits.ts';
import { INCOMPLETE } from './field-lines.ts';
import { Framing } from './framing.ts';
import { ResponseReader } from './response-reader.ts';

const OK = 'HTTP/1.1 200 OK\r\n';

function read(text: string, method = 'GET') {
  const reader = new ResponseReader(DEFAULT_LIMITS);
  const at = reader.read(Buffer.from(text, 'latin1'), 0, text.length, method);
  return { at, head: reader.head };
}

test.each([
  ['RFC 9112 4', 'no space behind the status', 'HTTP/1.1 200\r\n\r\n'],
  ['RFC 9112 4', 'a status of two digits', 'HTTP/1.1 20 OK\r\n\r\n'],
  ['RFC 9112 4', 'a status of four digits', 'HTTP/1.1 2000 OK\r\n\r\n'],
  ['RFC 9110 15', 'a status that is none', 'HTTP/1.1 099 X\r\n\r\n'],
  ['RFC 9110 15', 'a status above all classes', 'HTTP/1.1 600 X\r\n\r\n'],
  ['RFC 9112 2.3', 'another version', 'HTTP/2.0 200 OK\r\n\r\n'],
  ['RFC 9112 2.2', 'a bare LF', 'HTTP/1.1 200 OK\nA: 1\r\n\r\n'],
  ['RFC 9112 2.2', 'a bare CR in a value', `${OK}A: 1\rB: 2\r\n\r\n`],
  ['RFC 9112 2.2', 'a bare LF that ends the head', `${OK}A: 1\r\n\n`],
  ['RFC 9112 5.1', 'a space before the colon', `${OK}A : 1\r\n\r\n`],
  ['RFC 9112 5.2', 'a folded line', `${OK}A: 1\r\n 2\r\n\r\n`],
  ['RFC 9112 6.1', 'a coding and a length', `${OK}Transfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\n`],
  ['RFC 9112 6.1', 'a coding that nobody has offered', `${OK}Transfer-Encoding: gzip, chunked\r\n\r\n`],
  ['RFC 9112 6.1', 'chunked twice', `${OK}Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n`],
  ['RFC 9112 6.1', 'a coding in HTTP/1.0', 'HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n'],
  ['RFC 9112 6.1', 'a coding in a 204', 'HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n'],
  [
    'RFC 9112 6.1',
    'a coding in an interim response',
    'HTTP/1.1 103 Hints\r\nTransfer-Encoding: chunked\r\n\r\n',
  ],
  ['RFC 9112 6.3', 'two lengths', `${OK}Content-Length: 2\r\nContent-Length: 2\r\n\r\n`],
  ['RFC 9110 8.6', 'a length with a sign', `${OK}Content-Length: -1\r\n\r\n`],
  ['RFC 9110 5.4', 'too many fields', `${OK}${'A: 1\r\n'.repeat(300)}\r\n`],
  ['RFC 9110 5.4', 'too many bytes', `${OK}A: ${'x'.repeat(40_000)}`],
])('%s: %s is refused', (_section, _title, text) => {
  expect(read(text).at).toBeLessThan(INCOMPLETE);
});

test('no cut of a head is taken for a head, and none is refused', () => {
  const text = `${OK}Content-Length: 2\r\nX: 1\r\n\r\n`;
  for (let end = 0; end < text.length; end++) expect(read(text.slice(0, end)).at).toBe(INCOMPLETE);
  expect(read(text).at).toBe(text.length);
});

test.each([
  ['GET', `${OK}Content-Length: 2\r\n\r\n`, Framing.counted],
  ['GET', `${OK}Transfer-Encoding: chunked\r\n\r\n`, Framing.chunked],
  ['GET', `${OK}\r\n`, Framing.untilClose],
  ['HEAD', `${OK}Content-Length: 2\r\n\r\n`, Framing.none],
  ['HEAD', `${OK}Transfer-Encoding: chunked\r\n\r\n`, Framing.none],
  ['GET', 'HTTP/1.1 204 No Content\r\nContent-Length: 2\r\n\r\n', Framing.none],
  ['GET', 'HTTP/1.1 304 Not Modified\r\nContent-Length: 2\r\n\r\n', Framing.none],
  ['GET', 'HTTP/1.1 103 Early Hints\r\n\r\n', Framing.none],
])('RFC 9112 6.3: the body of the response to %s %j ends by %d', (method, text, framing) => {
  expect(read(text, method).head.framing).toBe(framing);
});

test('what goes on to the client, and what the connection is told', () => {
  const { head } = read(
    `${OK}Set-Cookie: a\r\nConnection: X-Own, set-cookie\r\nX-Own: 1\r\nKeep-Alive: timeout=7, max=9\r\n` +
      'X-Request-Id: other\r\nDate: D\r\nTrailer: T\r\nContent-Length: 2\r\nVia: 1.1 b\r\n\r\n',
  );
  expect(head.passed).toBe('Set-Cookie: a\r\nDate: D\r\nContent-Length: 2\r\nVia: 1.1 b\r\n');
  expect(head).toMatchObject({
    keepAliveSeconds: 7,
    hasDate: true,
    trailer: 'Trailer: T\r\n',
    keepsConnection: true,
  });
});

test.each([
  [`${OK}Connection: close\r\n\r\n`, false],
  ['HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 0\r\n\r\n', false],
  [`${OK}Connection: keep-alive\r\n\r\n`, true],
])('%j: whether the connection may be kept is %s', (text, kept) => {
  expect(read(text).head.keepsConnection).toBe(kept);
});
