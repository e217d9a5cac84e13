/** Requests, whole, mutated and cut: read alike however they come, and never otherwise than Node reads them. */
import { createServer, METHODS } from 'node:http';
import fc from 'fast-check';
import { MemoryConnection } from '../fixtures/memory-connection.ts';
import { cuts, mutated, pieces } from '../fixtures/mutated-text.ts';
import { DEFAULT_LIMITS } from '../limits.ts';
import { RequestInput } from '../request-input.ts';
import { RequestReader } from './request-reader.ts';

interface Reading {
  /** Those that are complete: method, trailers and body. */
  requests: string[];
  /** Of the body that is not complete. */
  rest: string;
  refusal: string;
}

/** One for all, as connections of an engine share it. */
const SHARED_READER = new RequestReader(DEFAULT_LIMITS);

function readingOf(received: readonly Buffer[]): Reading {
  const input = new RequestInput(DEFAULT_LIMITS, SHARED_READER);
  const reading: Reading = { requests: [], rest: '', refusal: '' };
  const sink = {
    data: (bytes: Buffer, from: number, to: number) => {
      reading.rest += bytes.toString('latin1', from, to);
    },
  };
  let method = '';
  let isLast = false;
  const readOn = (): boolean => {
    if (method === '') {
      if (isLast) return false;
      const reader = input.readHead('http');
      reading.refusal = reader?.refusal ?? '';
      if (reader === undefined || reader.refusal !== undefined) return false;
      method = reader.head.method;
      isLast = !reader.head.keepsConnection;
    }
    if (!input.readBody(sink)) reading.refusal = 'malformed body';
    if (!input.isBodyDone || reading.refusal !== '') return false;
    reading.requests.push(`${method} ${input.trailers} ${reading.rest}`);
    reading.rest = '';
    method = '';
    return true;
  };
  for (const piece of received) {
    if (piece.length === 0) continue;
    input.add(piece);
    while (input.length > 0 && readOn());
    if (reading.refusal !== '') break;
  }
  return reading;
}

/** As Node reads them; empty text stands for one that is not complete. */
async function readingOfNode(text: string): Promise<string[]> {
  const requests: string[] = [];
  const server = createServer((request, response) => {
    const place = requests.push('') - 1;
    let body = '';
    request.on('data', (chunk) => {
      body += chunk.toString('latin1');
    });
    request.on('end', () => {
      requests[place] = `${request.method} ${request.rawTrailers} ${body}`;
      response.end();
    });
    request.on('error', () => {});
  });
  server.on('clientError', () => {});
  const connection = new MemoryConnection();
  server.emit('connection', connection);
  await connection.deliver(text, false);
  server.close();
  return requests;
}

const CHUNKS = [
  '0\r\n\r\n',
  '5\r\nhello\r\n0\r\n\r\n',
  '5;x=y\r\nhello\r\n01\r\n!\r\n0;last\r\nX-T: 1\r\n\r\n',
  'A\r\n0123456789\r\n0\r\nX-T:1\r\nX-U: 2 \r\n\r\n',
];
const field = fc.constantFrom(
  'Accept: */*\r\n',
  'X-Long: caf\xe9 \t!\r\n',
  'X_Under:\r\n',
  'Connection: X, te\r\nX: 1\r\n',
  'TE: trailers\r\n',
  'Expect: 100-continue\r\n',
);
const framed = fc.oneof(
  fc.constant('\r\n'),
  fc
    .constantFrom('', 'hello', 'GET / HTTP/1.1\r\nHost: h\r\n\r\n')
    .map((body) => `Content-Length: ${body.length}\r\n\r\n${body}`),
  fc.constantFrom(...CHUNKS).map((chunks) => `Transfer-Encoding: chunked\r\n\r\n${chunks}`),
);
const HOSTILE = [
  'Content-Length: 5\r\n',
  'Content-Length: 0, 0\r\n',
  'Transfer-Encoding: chunked\r\n',
  'Transfer-Encoding: x, chunked\r\n',
  'Transfer_Encoding: chunked\r\n',
  'Connection: close\r\n',
  'Host: b\r\n',
  ' folded\r\n',
];
const requestWith = (fieldLine: fc.Arbitrary<string>) =>
  fc
    .tuple(
      fc.constantFrom('GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS'),
      fc.constantFrom('/', '/a/b?c=d', 'http://b/a'),
      fc.uniqueArray(fieldLine, { maxLength: 3 }),
      framed,
    )
    .map(
      ([method, target, fields, rest]) =>
        `${method} ${target} HTTP/1.1\r\nHost: a\r\n${fields.join('')}${rest}`,
    );
const request = requestWith(field);
const anyRequest = fc.oneof(request, requestWith(fc.oneof(field, fc.constantFrom(...HOSTILE))));
const pipeline = fc.array(anyRequest, { minLength: 1, maxLength: 3 }).map((requests) => requests.join(''));

test('requests that are well-formed are all read', () => {
  fc.assert(
    fc.property(fc.array(request, { minLength: 1, maxLength: 3 }), (texts) => {
      expect(readingOf(pieces(texts.join(''), []))).toMatchObject({ rest: '', refusal: '' });
      expect(readingOf(pieces(texts.join(''), [])).requests).toHaveLength(texts.length);
    }),
    { numRuns: 300 },
  );
});

test('however requests are cut, they are the same requests, or refused for the same reason', () => {
  fc.assert(
    fc.property(mutated(pipeline, 0), cuts, (text, places) => {
      const whole = readingOf(pieces(text, []));
      expect(readingOf(pieces(text, places))).toEqual(whole);
      expect(
        readingOf(
          pieces(
            text,
            Array.from({ length: 1_000 }, (_, place) => place),
          ),
        ),
      ).toEqual(whole);
    }),
    { numRuns: 500 },
  );
});

/** Node knows the methods that are registered; we let any go on (RFC 9110 9.1). All else it must read as we do. */
function upToUnknownMethod(requests: readonly string[]): string[] {
  const at = requests.findIndex((text) => !METHODS.includes(text.slice(0, text.indexOf(' '))));
  return requests.slice(0, at < 0 ? requests.length : at);
}

test('whatever is read as a request, Node reads as the same request', async () => {
  await fc.assert(
    fc.asyncProperty(mutated(pipeline, 0), async (text) => {
      const ours = upToUnknownMethod(readingOf(pieces(text, [])).requests);
      const nodes = await readingOfNode(text);
      expect(nodes.slice(0, ours.length)).toEqual(ours);
    }),
    { numRuns: 500 },
  );
}, 30_000);
