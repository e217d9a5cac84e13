import { ChunkedBody } from './chunked-body.ts';

const MAX_TRAILER_BYTES = 1_000;

function feed(text: string, cuts: readonly number[] = []) {
  const body = new ChunkedBody(MAX_TRAILER_BYTES);
  let data = '';
  const sink = {
    data: (bytes: Buffer, from: number, to: number) => {
      data += bytes.toString('latin1', from, to);
    },
  };
  const bytes = Buffer.from(text, 'latin1');
  let at = 0;
  for (const end of [...cuts, bytes.length]) {
    at = body.feed(bytes, at, end, sink);
    if (at < 0 || body.done) break;
  }
  return { at, body, data };
}

const GOOD = '5\r\nhello\r\n00A;x="y\\";";z=1;w\r\n0123456789\r\n0;last\r\nX-Sum: 1\r\nY:\t2 \r\n\r\n';

test('data comes out, extensions are dropped, trailers are kept', () => {
  const { at, body, data } = feed(`${GOOD}GET /`);
  expect(data).toBe('hello0123456789');
  expect(body.trailers).toEqual(['X-Sum', '1', 'Y', '2']);
  expect(body.bytes).toBe(15);
  expect(at).toBe(GOOD.length);
});

test('however it is cut', () => {
  expect(feed(GOOD, everyByte(GOOD)).data).toBe('hello0123456789');
  for (let round = 0; round < 100; round++) {
    const cuts = everyByte(GOOD).filter(() => Math.random() < 0.2);
    const { body, data, at } = feed(GOOD, cuts);
    expect([data, body.done, at]).toEqual(['hello0123456789', true, GOOD.length]);
  }
});

test.each([
  ['RFC 9112 7.1', 'no size', '\r\n'],
  ['RFC 9112 7.1', 'a size that is no number', 'g\r\n'],
  ['RFC 9112 7.1', 'a size with a sign', '+5\r\nhello\r\n'],
  ['RFC 9112 7.1', 'a size with 0x', '0x5\r\nhello\r\n'],
  ['RFC 9112 7.1', 'a size that overflows', `${'f'.repeat(17)}\r\n`],
  ['RFC 9112 7.1', 'a size line that ends with LF', '5\nhello\r\n'],
  ['RFC 9112 7.1', 'a bare CR behind the size', '5\rhello\r\n'],
  ['RFC 9112 7.1', 'more data than the size says', '5\r\nhello!\r\n'],
  ['RFC 9112 7.1', 'data that ends with LF', '5\r\nhello\n'],
  ['RFC 9112 7.1.1', 'whitespace behind the size', '5 \r\nhello\r\n'],
  ['RFC 9112 7.1.1', 'an extension that ends with LF', '5;x\nhello\r\n'],
  ['RFC 9112 7.1.1', 'a bare CR in an extension', '5;x\ry\r\nhello\r\n'],
  ['RFC 9112 7.1.1', 'an extension without a name', '5;\r\nhello\r\n'],
  ['RFC 9112 7.1.1', 'an extension without a value', '5;x=\r\nhello\r\n'],
  ['RFC 9112 7.1.1', 'an extension that is no token', '5;x/y\r\nhello\r\n'],
  ['RFC 9112 7.1.1', 'an extension with a byte outside ASCII', '5;x\xe9\r\nhello\r\n'],
  ['RFC 9112 7.1.1', 'an extension whose quote has no end', '5;x="y\r\nhello\r\n'],
  ['RFC 9112 7.1.1', 'an extension that goes on behind its quote', '5;x="y"z\r\nhello\r\n'],
  ['RFC 9112 7.1.1', 'extensions without end', `5;${'x'.repeat(5_000)}\r\nhello\r\n`],
  ['RFC 9112 7.1.2', 'a trailer with a space before the colon', '0\r\nX : 1\r\n\r\n'],
  ['RFC 9112 7.1.2', 'a folded trailer', '0\r\nX: 1\r\n 2\r\n\r\n'],
  ['RFC 9112 7.1.2', 'a trailer that ends with LF', '0\r\nX: 1\nY: 2\r\n\r\n'],
  ['RFC 9112 7.1.2', 'a bare CR in a trailer', '0\r\nX: 1\rY\r\n\r\n'],
  ['RFC 9112 7.1.2', 'trailers without end', `0\r\nX: ${'x'.repeat(2_000)}\r\n\r\n`],
])('%s: %s is malformed', (_section, _title, text) => {
  expect(feed(text).at).toBe(-1);
  expect(feed(text, everyByte(text)).at).toBe(-1);
});

test('extensions are bounded over all chunks together', () => {
  expect(feed('1;xxxxxxx\r\na\r\n'.repeat(500)).at).toBeGreaterThan(0);
  expect(feed('1;xxxxxxx\r\na\r\n'.repeat(700)).at).toBe(-1);
});

test('a body of a hundred thousand tiny chunks is refused, one of larger chunks is not', () => {
  expect(feed('1\r\na\r\n'.repeat(100_000)).at).toBe(-1);
  expect(feed('9\r\n123456789\r\n'.repeat(100_000)).at).toBeGreaterThan(0);
});

function everyByte(text: string): number[] {
  return Array.from(text, (_, at) => at + 1);
}
