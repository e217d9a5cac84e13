import pino from 'pino';
import { type AccessEntry, accessLine, createAccessLog } from './access-log.ts';

const entry: AccessEntry = {
  requestId: 'r1',
  clientAddress: '127.0.0.1',
  listener: 'http',
  method: 'GET',
  path: '/orders/1',
  status: 200,
  reason: '',
  route: 'orders',
  backend: 'app',
  target: '127.0.0.1:80',
  durationMs: 1.25,
  bytesOut: 2,
};

test('a line is what pino writes of the same entry', () => {
  let expected = '';
  const output = { write: (line: string) => (expected = line) };
  pino({ base: null, timestamp: () => ',"time":"T"' }, output).info(entry, 'request');
  expect(accessLine(entry, 'T')).toBe(expected);
});

test.each(['/a"b', '/a\\b', '/a\u0001b', '/caf\u00e9', '/\u2028', '/a\u007fb'])(
  'a path of %j keeps the line one JSON object, and its value',
  (path) => {
    const line = accessLine({ ...entry, path, method: path }, 'T');
    expect(line.indexOf('\n')).toBe(line.length - 1);
    expect(JSON.parse(line)).toMatchObject({ path, method: path, msg: 'request' });
  },
);

test('lines carry the time of their writing', () => {
  const lines: string[] = [];
  const log = createAccessLog({ write: (line) => lines.push(line) });
  const before = Date.now();
  log.write(entry);
  const time = Date.parse(JSON.parse(lines[0]!).time);
  expect(time).toBeGreaterThanOrEqual(before);
  expect(time).toBeLessThanOrEqual(Date.now());
});
