/** Mutated requests through both engines: where they differ, the one that serves is the stricter, for a reason listed here. */
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import fc from 'fast-check';
import { atTestEnd, closeAll } from './fixtures/cleanup.ts';
import { ENGINES, type EngineName, startProxyTo } from './fixtures/engine-under-test.ts';

afterEach(closeAll);

const SAMPLES = 300;
const AT_ONCE = 100;
const SILENCE_MS = 1_000;
const LAST = 'GET /last HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n';

const REQUESTS = [
  'GET /a?b=c HTTP/1.1\r\nHost: a\r\nAccept: */*\r\n\r\n',
  'POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello',
  'PUT /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n',
  'POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5;x=y\r\nhello\r\n1\r\n!\r\n0\r\nX-T: 1\r\n\r\n',
  'GET http://b/a HTTP/1.1\r\nHost: a\r\nConnection: X\r\nX: 1\r\n\r\n',
  'DELETE /a HTTP/1.1\r\nHost: a:80\r\nContent-Length: 0\r\nX-Long: caf\xe9 \t!\r\n\r\n',
  'HEAD /a HTTP/1.1\r\nHost: a\r\nTE: trailers\r\n\r\n',
];
const PIECES = [
  '\r',
  '\n',
  '\r\n',
  ' ',
  '\t',
  ':',
  ',',
  ';',
  '0',
  '1',
  'f',
  '-',
  '_',
  '\0',
  '\x7f',
  '\xe9',
  '#',
  '%',
  '/',
  '.',
  'X',
];

const mutation = fc.record({
  /** In thousandths of the text. */
  at: fc.noBias(fc.nat({ max: 999 })),
  deleted: fc.noBias(fc.nat({ max: 2 })),
  inserted: fc.option(fc.constantFrom(...PIECES), { nil: '' }),
});
const mutated = fc
  .tuple(fc.constantFrom(...REQUESTS), fc.array(mutation, { minLength: 1, maxLength: 2 }))
  .map(([request, mutations]) =>
    mutations.reduce((text, { at, deleted, inserted }) => {
      const place = Math.floor((at * text.length) / 1_000);
      return text.slice(0, place) + inserted + text.slice(place + deleted);
    }, request),
  );

interface Outcome {
  /** Of the answers, in order. */
  statuses: string[];
  /** What the backend was asked, whole. */
  seen: string[];
}

/** What only the engine that serves refuses, and why; each is a choice of the RFCs that it makes for refusing. */
// biome-ignore-start lint/suspicious/noControlCharactersInRegex: they are what is looked for.
const STRICTER: readonly (readonly [reason: string, request: RegExp])[] = [
  ['equal lengths may be read as one (RFC 9110 8.6)', /Content-Length[\s\S]*Content-Length/i],
  ['empty lines before a request may be skipped (RFC 9112 2.2)', /^(\r\n){2}|^\r|^\n/],
  ['whitespace in a chunk line may be skipped (RFC 9112 7.1.1)', /\r\n[0-9a-f]+[ \t]/i],
  ['a chunk extension may be anything (RFC 9112 7.1.1)', /\r\n[0-9a-f]+;/i],
  ['a control character in a value may be replaced (RFC 9110 5.5)', /[\0-\x08\x0b-\x1f\x7f]/],
  ['a trailer may be ignored', /\r\n0\r\n[\s\S]*X-T/],
];
// biome-ignore-end lint/suspicious/noControlCharactersInRegex: as above.

async function outcomeOf(engine: EngineName, requests: readonly string[]): Promise<Outcome[]> {
  const seen = new Map<string, string[]>();
  const backend = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => {
      body += chunk.toString('latin1');
    });
    request.on('end', () => {
      seen.get(String(request.headers['x-request-id']))?.push(`${request.method} ${request.url} ${body}`);
      response.end('ok');
    });
  });
  await new Promise<void>((resolve) => backend.listen(0, '127.0.0.1', resolve));
  atTestEnd(() => backend.close());
  const { port } = await startProxyTo(engine, [(backend.address() as AddressInfo).port], {
    limits: { lingerMs: 50 },
  });
  const outcomes: Outcome[] = [];
  for (let from = 0; from < requests.length; from += AT_ONCE) {
    const batch = requests.slice(from, from + AT_ONCE).map((request, index) => {
      const id = `r${from + index}`;
      seen.set(id, []);
      const named = request.replace('\r\nHost', `\r\nX-Request-Id: ${id}\r\nHost`);
      return answersTo(port, named + LAST).then((statuses) => ({ statuses, seen: seen.get(id)! }));
    });
    outcomes.push(...(await Promise.all(batch)));
  }
  return outcomes;
}

/** Until the connection ends, or nothing has come for a while. */
function answersTo(port: number, bytes: string): Promise<string[]> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    let received = '';
    const finish = (): void => {
      socket.destroy();
      resolve(received.match(/^HTTP\/1\.1 (?!1)\d{3}/gm)?.map((line) => line.slice(9)) ?? []);
    };
    socket.setTimeout(SILENCE_MS, finish);
    socket.on('data', (chunk) => {
      received += chunk.toString('latin1');
    });
    socket.on('error', () => {});
    socket.on('close', finish);
    socket.write(bytes, 'latin1');
  });
}

test('mutated requests are understood alike, or refused by the engine that serves for a listed reason', async () => {
  const seed = Number(process.env.SEED ?? 1);
  const requests = fc.sample(mutated, { numRuns: SAMPLES, seed });
  const [ours, oracles] = [await outcomeOf(ENGINES[0]!, requests), await outcomeOf(ENGINES[1]!, requests)];
  const differences = requests.flatMap((request, index) => {
    const [our, oracle] = [ours[index]!, oracles[index]!];
    const isSame = our.seen.join('\n') === oracle.seen.join('\n');
    const isStricter = our.seen.length < oracle.seen.length;
    if (isSame || (isStricter && STRICTER.some(([, form]) => form.test(request)))) return [];
    return [{ request, our, oracle }];
  });
  expect({ seed, differences }).toEqual({ seed, differences: [] });
}, 60_000);
