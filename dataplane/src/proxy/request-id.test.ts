import { requestIdFrom } from './request-id.ts';

test('new ids are random UUIDs (RFC 9562 5.4), each given once', () => {
  const ids = Array.from({ length: 1_000 }, () => requestIdFrom(undefined));
  for (const id of ids)
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  expect(new Set(ids).size).toBe(ids.length);
});

test.each([
  ['', false],
  ['a b', false],
  ['a"b', false],
  ['x'.repeat(129), false],
  ['x'.repeat(128), true],
  ['req-1.2:3/4=@', true],
])('%j: whether it is kept is %s', (received, kept) => {
  expect(requestIdFrom(received) === received).toBe(kept);
});
