import { DEFAULT_LIMITS } from '../limits.ts';
import { INCOMPLETE } from './field-lines.ts';
import { Framing } from './framing.ts';
import type { RequestHead } from './request-head.ts';
import { RequestReader } from './request-reader.ts';

const GET = 'GET / HTTP/1.1\r\nHost: a\r\n';

/** Reads the text as it comes in pieces that end at these places. */
function readPieces(text: string, ends: readonly number[]): { at: number; reader: RequestReader } {
  const bytes = Buffer.from(text, 'latin1');
  const reader = new RequestReader(DEFAULT_LIMITS);
  reader.begin();
  for (const end of ends) {
    const at = reader.read(Buffer.from(bytes.subarray(0, end)), 0, end, 'http');
    if (at !== INCOMPLETE) return { at, reader };
  }
  return { at: INCOMPLETE, reader };
}

function read(text: string): { at: number; reader: RequestReader } {
  return readPieces(text, [text.length]);
}

function headOf(text: string): RequestHead {
  const { at, reader } = read(text);
  expect(reader.refusal).toBeUndefined();
  expect(at).toBe(text.length);
  return reader.head;
}

const GOOD: readonly string[] = [
  `${GET}\r\n`,
  `\r\n${GET}\r\n`,
  `${GET}A:1\r\nB:  2 \t\r\nC:\r\nD: caf\xe9\r\n\r\n`,
  'GET http://b:80/x?y HTTP/1.1\r\nHost: a\r\n\r\n',
  'POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 12\r\n\r\n',
  'PUT /x HTTP/1.1\r\nHost: [::1]:80\r\nTransfer-Encoding: Chunked\r\nExpect: 100-Continue\r\n\r\n',
  'GET / HTTP/1.0\r\n\r\n',
  `${GET}Connection: close, X\r\nX: 1\r\nY: 2\r\n\r\n`,
];

const BAD: readonly (readonly [section: string, title: string, text: string, refusal: string])[] = [
  ['RFC 9112 2.2', 'a bare LF behind the first line', 'GET / HTTP/1.1\nHost: a\r\n\r\n', 'MalformedRequest'],
  ['RFC 9112 2.2', 'a bare LF behind a field', `${GET}A: 1\nB: 2\r\n\r\n`, 'MalformedRequest'],
  ['RFC 9112 2.2', 'a bare CR in a value', `${GET}A: 1\r2\r\n\r\n`, 'MalformedRequest'],
  ['RFC 9112 2.2', 'a bare CR before the end', `${GET}\rX\r\n\r\n`, 'MalformedRequest'],
  [
    'RFC 9112 2.2',
    'whitespace before the first field',
    'GET / HTTP/1.1\r\n Host: a\r\n\r\n',
    'MalformedRequest',
  ],
  ['RFC 9112 2.2', 'two empty lines before the request', `\r\n\r\n${GET}\r\n`, 'MalformedRequest'],
  ['RFC 9112 2.3', 'another major version', 'GET / HTTP/2.0\r\nHost: a\r\n\r\n', 'VersionNotSupported'],
  [
    'RFC 9112 2.3',
    'a minor version that is none',
    'GET / HTTP/1.2\r\nHost: a\r\n\r\n',
    'VersionNotSupported',
  ],
  ['RFC 9112 2.3', 'a version in small letters', 'GET / http/1.1\r\nHost: a\r\n\r\n', 'MalformedRequest'],
  ['RFC 9112 2.3', 'a version of three digits', 'GET / HTTP/1.11\r\nHost: a\r\n\r\n', 'MalformedRequest'],
  ['RFC 9112 3', 'two spaces behind the method', 'GET  / HTTP/1.1\r\nHost: a\r\n\r\n', 'MalformedRequest'],
  ['RFC 9112 3', 'a space in the target', 'GET /a b HTTP/1.1\r\nHost: a\r\n\r\n', 'MalformedRequest'],
  ['RFC 9112 3', 'a tab for a space', 'GET\t/ HTTP/1.1\r\nHost: a\r\n\r\n', 'MalformedRequest'],
  ['RFC 9112 3', 'no version', 'GET /\r\nHost: a\r\n\r\n', 'MalformedRequest'],
  ['RFC 9112 3', 'a space behind the version', 'GET / HTTP/1.1 \r\nHost: a\r\n\r\n', 'MalformedRequest'],
  ['RFC 9110 9.1', 'a method that is no token', 'GE(T / HTTP/1.1\r\nHost: a\r\n\r\n', 'MalformedRequest'],
  [
    'RFC 9110 9.1',
    'a method without end',
    `${'M'.repeat(40)} / HTTP/1.1\r\nHost: a\r\n\r\n`,
    'MalformedRequest',
  ],
  [
    'RFC 9112 3.2',
    'a byte outside ASCII in the target',
    'GET /caf\xe9 HTTP/1.1\r\nHost: a\r\n\r\n',
    'InvalidTarget',
  ],
  ['RFC 9112 3.2', 'a fragment', 'GET /#x HTTP/1.1\r\nHost: a\r\n\r\n', 'InvalidTarget'],
  ['RFC 9112 3.2', 'no Host', 'GET / HTTP/1.1\r\nA: 1\r\n\r\n', 'InvalidHost'],
  ['RFC 9112 3.2', 'two Hosts', `${GET}host: a\r\n\r\n`, 'InvalidHost'],
  [
    'RFC 9112 3.2',
    'two Hosts beside an absolute target',
    'GET http://a/ HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n',
    'InvalidHost',
  ],
  ['RFC 9110 7.2', 'a Host of two', 'GET / HTTP/1.1\r\nHost: a, b\r\n\r\n', 'InvalidHost'],
  ['RFC 9110 7.2', 'a Host with userinfo', 'GET / HTTP/1.1\r\nHost: u@a\r\n\r\n', 'InvalidHost'],
  [
    'RFC 9110 4.2.4',
    'userinfo in the target',
    'GET http://u:p@a/ HTTP/1.1\r\nHost: a\r\n\r\n',
    'InvalidTarget',
  ],
  ['RFC 9112 3.2.3', 'the form of CONNECT', 'GET a:80 HTTP/1.1\r\nHost: a\r\n\r\n', 'InvalidTarget'],
  ['RFC 9112 3.2.4', 'the asterisk', 'OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n', 'InvalidTarget'],
  ['RFC 9110 9.3.6', 'CONNECT', 'CONNECT a:80 HTTP/1.1\r\nHost: a\r\n\r\n', 'MethodNotSupported'],
  ['RFC 9110 9.3.8', 'TRACE', 'TRACE / HTTP/1.1\r\nHost: a\r\n\r\n', 'MethodNotSupported'],
  ['RFC 9112 5.1', 'a space before the colon', `${GET}A : 1\r\n\r\n`, 'MalformedRequest'],
  ['RFC 9112 5.1', 'no colon', `${GET}A\r\n\r\n`, 'MalformedRequest'],
  ['RFC 9112 5.1', 'no name', `${GET}: 1\r\n\r\n`, 'MalformedRequest'],
  ['RFC 9112 5.2', 'a folded line', `${GET}A: 1\r\n\t2\r\n\r\n`, 'MalformedRequest'],
  ['RFC 9110 5.1', 'a name with a byte outside ASCII', `${GET}A\xe9: 1\r\n\r\n`, 'MalformedRequest'],
  ['RFC 9110 5.5', 'a NUL in a value', `${GET}A: 1\x002\r\n\r\n`, 'MalformedRequest'],
  ['RFC 9110 5.5', 'a control character in a value', `${GET}A: \x7f\r\n\r\n`, 'MalformedRequest'],
  [
    'RFC 9112 6.1',
    'a coding and a length',
    `${GET}Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n`,
    'MalformedRequest',
  ],
  [
    'RFC 9112 6.1',
    'a coding in HTTP/1.0',
    'GET / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n',
    'MalformedRequest',
  ],
  ['RFC 9112 6.1', 'chunked twice', `${GET}Transfer-Encoding: chunked, chunked\r\n\r\n`, 'MalformedRequest'],
  [
    'RFC 9112 6.1',
    'chunked twice, in two fields',
    `${GET}Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n`,
    'MalformedRequest',
  ],
  [
    'RFC 9112 6.3',
    'chunked that is not last',
    `${GET}Transfer-Encoding: chunked, gzip\r\n\r\n`,
    'MalformedRequest',
  ],
  ['RFC 9112 6.3', 'no chunked at all', `${GET}Transfer-Encoding: identity\r\n\r\n`, 'MalformedRequest'],
  [
    'RFC 9112 6.1',
    'something that looks like chunked',
    `${GET}Transfer-Encoding: \x0bchunked\r\n\r\n`,
    'MalformedRequest',
  ],
  [
    'RFC 9112 6.1',
    'another coding before chunked',
    `${GET}Transfer-Encoding: gzip, chunked\r\n\r\n`,
    'CodingNotSupported',
  ],
  ['RFC 9110 8.6', 'a length with a sign', `${GET}Content-Length: +3\r\n\r\n`, 'MalformedRequest'],
  ['RFC 9110 8.6', 'a length of another base', `${GET}Content-Length: 0x3\r\n\r\n`, 'MalformedRequest'],
  ['RFC 9110 8.6', 'an empty length', `${GET}Content-Length:\r\n\r\n`, 'MalformedRequest'],
  ['RFC 9110 8.6', 'a list of lengths', `${GET}Content-Length: 3, 3\r\n\r\n`, 'MalformedRequest'],
  ['RFC 9110 8.6', 'two lengths', `${GET}Content-Length: 3\r\nContent-Length: 3\r\n\r\n`, 'MalformedRequest'],
  [
    'RFC 9110 8.6',
    'a length beyond counting',
    `${GET}Content-Length: 99999999999999999999\r\n\r\n`,
    'MalformedRequest',
  ],
  ['RFC 9110 10.1.1', 'an unknown expectation', `${GET}Expect: a-pony\r\n\r\n`, 'ExpectationFailed'],
  [
    'RFC 9110 10.1.1',
    'an expectation twice',
    `${GET}Expect: 100-continue\r\nExpect: 100-continue\r\n\r\n`,
    'ExpectationFailed',
  ],
  ['RFC 3986 6.2.2', 'a dot segment', 'GET /a/%2e%2E/b HTTP/1.1\r\nHost: a\r\n\r\n', 'InvalidPath'],
  [
    'RFC 9112 3',
    'a target that is too long',
    `GET /${'x'.repeat(9_000)} HTTP/1.1\r\nHost: a\r\n\r\n`,
    'TargetTooLong',
  ],
  ['RFC 9110 5.4', 'too many fields', `${GET}${'A: 1\r\n'.repeat(200)}\r\n`, 'HeaderTooLarge'],
  ['RFC 9110 5.4', 'too many bytes', `${GET}A: ${'x'.repeat(40_000)}\r\n\r\n`, 'HeaderTooLarge'],
];

test.each(BAD)('%s: %s is refused', (_section, _title, text, refusal) => {
  const { at, reader } = read(text);
  expect(at).toBeLessThan(INCOMPLETE);
  expect(reader.refusal).toBe(refusal);
});

test('what is refused whole is refused in pieces, for the same reason', () => {
  for (const [, title, text, refusal] of BAD) {
    if (text.length > 1_000) continue;
    const { reader } = readPieces(text, everyByte(text));
    expect([title, reader.refusal]).toEqual([title, refusal]);
  }
});

test('a head is the same head however it is cut', () => {
  for (const text of GOOD) {
    const whole = headOf(text);
    for (const ends of [everyByte(text), ...randomCuts(text, 20)]) {
      const { at, reader } = readPieces(text, ends);
      expect(at).toBe(text.length);
      expect(reader.head).toEqual(whole);
      expect(reader.head.headers).toEqual(whole.headers);
    }
  }
});

test('it says where the body begins and how it ends', () => {
  const counted = 'POST /x?y=1 HTTP/1.1\r\nHost: A.example.:81\r\nContent-Length: 012\r\n\r\n';
  const { at, reader } = read(`${counted}hello`);
  expect(at).toBe(counted.length);
  expect(reader.head).toMatchObject({
    method: 'POST',
    path: '/x',
    query: 'y=1',
    authority: 'A.example.:81',
    hostname: 'a.example',
    framing: Framing.counted,
    length: 12,
    hasBody: true,
  });
});

test('only what goes on goes on, each line as it came but for whitespace around the value', () => {
  const head = headOf(
    `${GET}Accept: x\r\nB:2 \r\nconnection: X-Private, authorization\r\nX-Private: 1\r\nAuthorization: t\r\n` +
      'Keep-Alive: 1\r\nX-Forwarded-For: 6.6.6.6\r\nX_Real_IP: 6.6.6.6\r\nTE: trailers\r\nTrailer: Z\r\nLast: 1\r\n\r\n',
  );
  expect(head.passed).toBe('Accept: x\r\nB: 2\r\nAuthorization: t\r\nLast: 1\r\n');
  expect(head.takesTrailers).toBe(true);
});

test.each([
  ['close', false],
  ['Close', false],
  ['keep-alive', true],
  ['keep-alive, close', false],
  ['x', true],
])('Connection: %s: whether the connection is kept is %s', (value, kept) => {
  expect(headOf(`${GET}Connection: ${value}\r\n\r\n`).keepsConnection).toBe(kept);
});

test('a WebSocket is asked for by Upgrade and Connection together, with GET, HTTP/1.1 and no body (RFC 9110 7.8)', () => {
  const upgrade = 'Connection: Upgrade\r\nUpgrade: WebSocket\r\n';
  const asks = (text: string) => headOf(text).asksForWebSocket;
  expect(asks(`${GET}${upgrade}\r\n`)).toBe(true);
  expect(asks(`${GET}Upgrade: websocket\r\n\r\n`)).toBe(false);
  expect(asks(`${GET}Connection: Upgrade\r\nUpgrade: h2c\r\n\r\n`)).toBe(false);
  expect(asks(`GET / HTTP/1.0\r\nHost: a\r\n${upgrade}\r\n`)).toBe(false);
  expect(asks(`POST / HTTP/1.1\r\nHost: a\r\n${upgrade}\r\n`)).toBe(false);
  expect(asks(`${GET}${upgrade}Content-Length: 2\r\n\r\n`)).toBe(false);
});

test('fields are asked for by name in lower case, repeated ones as one list', () => {
  const { headers } = headOf(`${GET}X-A: 1\r\nx-a: 2\r\n\r\n`);
  expect(headers['x-a']).toBe('1, 2');
  expect(headers.constructor).toBeUndefined();
});

function everyByte(text: string): number[] {
  return Array.from(text, (_, at) => at + 1);
}

function randomCuts(text: string, times: number): number[][] {
  return Array.from({ length: times }, () => {
    const cuts = Array.from({ length: 4 }, () => Math.ceil(Math.random() * text.length));
    return [...cuts.sort((a, b) => a - b), text.length];
  });
}
