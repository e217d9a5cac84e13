/** Responses, whole, mutated and cut: read alike however they come, and never otherwise than Node reads them. */
import { type ClientRequest, request } from 'node:http';
import fc from 'fast-check';
import { MemoryConnection } from '../fixtures/memory-connection.ts';
import { cuts, mutated, pieces } from '../fixtures/mutated-text.ts';
import { DEFAULT_LIMITS } from '../limits.ts';
import { ChunkedBody } from './chunked-body.ts';
import { INCOMPLETE } from './field-lines.ts';
import { Framing } from './framing.ts';
import { ResponseReader } from './response-reader.ts';

interface Reading {
  /** Status and body of the final response, once it is complete. */
  response: string;
  /** Of the interim responses. */
  interims: number[];
  isRefused: boolean;
}

/** One for all, as connections of an engine share it. */
const reader = new ResponseReader(DEFAULT_LIMITS);

/** Reads as a connection to an endpoint does, to its end. */
function readingOf(received: readonly Buffer[], method: string): Reading {
  const reading: Reading = { response: '', interims: [], isRefused: false };
  let body = '';
  const sink = {
    data: (bytes: Buffer, from: number, to: number) => {
      body += bytes.toString('latin1', from, to);
    },
  };
  let head: ResponseReader['head'] | undefined;
  const chunked = new ChunkedBody(DEFAULT_LIMITS.maxHeadBytes);
  let bytes = Buffer.alloc(0);
  for (const piece of received) {
    bytes = Buffer.concat([bytes, piece]);
    while (head === undefined && bytes.length > 0) {
      const at = reader.read(bytes, 0, bytes.length, method);
      if (at === INCOMPLETE) break;
      if (at < 0) return { ...reading, isRefused: true };
      bytes = bytes.subarray(at);
      if (reader.head.status >= 200 || reader.head.status === 101) head = reader.head;
      else reading.interims.push(reader.head.status);
    }
    if (head?.framing !== Framing.chunked || chunked.done) continue;
    const at = chunked.feed(bytes, 0, bytes.length, sink);
    if (at < 0) return { ...reading, isRefused: true };
    bytes = bytes.subarray(at);
  }
  if (head === undefined) return reading;
  const { framing, length, status } = head;
  if (framing === Framing.counted && bytes.length < length) return reading;
  if (framing === Framing.chunked && !chunked.done) return reading;
  if (framing === Framing.counted) body = bytes.toString('latin1', 0, length);
  if (framing === Framing.untilClose) body = bytes.toString('latin1');
  return { ...reading, response: `${status} ${chunked.trailers} ${body}` };
}

/** As Node reads it: empty where it has refused it or found it broken off. */
async function readingOfNode(text: string, method: string): Promise<string> {
  const connection = new MemoryConnection();
  let reading = '';
  const sent: ClientRequest = request({ method, createConnection: () => connection });
  sent.on('error', () => {});
  sent.on('response', (response) => {
    let body = '';
    response.on('data', (chunk) => {
      body += chunk.toString('latin1');
    });
    response.on('error', () => {});
    response.on('end', () => {
      if (response.complete) reading = `${response.statusCode} ${response.rawTrailers} ${body}`;
    });
  });
  sent.end();
  await connection.deliver(text, true);
  sent.destroy();
  return reading;
}

const STATUS_LINES = [
  'HTTP/1.1 200 OK\r\n',
  'HTTP/1.1 204 No Content\r\n',
  'HTTP/1.1 304 Not Modified\r\n',
  'HTTP/1.1 404 \r\n',
  'HTTP/1.0 200 OK\r\n',
  'HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\n',
];
const FIELDS = [
  'Date: Mon, 01 Jan 2024 00:00:00 GMT\r\n',
  'X-Long: caf\xe9 \t!\r\n',
  'Connection: close\r\n',
  'Keep-Alive: timeout=5\r\n',
  'Content-Length: 5\r\n',
  'Transfer-Encoding: chunked\r\n',
  'Transfer-Encoding: gzip\r\n',
  'Trailer: X-T\r\n',
];
const FRAMED = [
  '\r\n',
  '\r\nhello',
  'Content-Length: 5\r\n\r\nhello',
  'Content-Length: 0\r\n\r\n',
  'Transfer-Encoding: chunked\r\n\r\n5;x=y\r\nhello\r\n01\r\n!\r\n0;last\r\nX-T: 1\r\n\r\n',
];
const response = fc
  .tuple(
    fc.constantFrom(...STATUS_LINES),
    fc.uniqueArray(fc.constantFrom(...FIELDS), { maxLength: 2 }),
    fc.constantFrom(...FRAMED),
  )
  .map(([line, fields, rest]) => line + fields.join('') + rest);
const method = fc.constantFrom('GET', 'HEAD');

test('however a response is cut, it is the same response, or refused', () => {
  fc.assert(
    fc.property(mutated(response, 0), method, cuts, (text, name, places) => {
      const whole = readingOf(pieces(text, []), name);
      expect(readingOf(pieces(text, places), name)).toEqual(whole);
      expect(
        readingOf(
          pieces(
            text,
            Array.from({ length: 1_000 }, (_, place) => place),
          ),
          name,
        ),
      ).toEqual(whole);
    }),
    { numRuns: 500 },
  );
});

test('whatever is read as a response, Node reads as the same response', async () => {
  await fc.assert(
    fc.asyncProperty(mutated(response, 0), method, async (text, name) => {
      const ours = readingOf(pieces(text, []), name);
      if (ours.response === '' || ours.isRefused) return;
      expect(await readingOfNode(text, name)).toBe(ours.response);
    }),
    { numRuns: 500 },
  );
}, 30_000);
