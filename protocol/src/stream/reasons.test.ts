import { boundNack, MAX_REASONS, REASON_LENGTHS } from './reasons.ts';

const REVISION = { lineage: 'l', sequence: 1, hash: `sha256:${'0'.repeat(64)}` };

test('a nack keeps the first reasons, each cut to its bounds', () => {
  const reason = { code: 'c'.repeat(100), message: 'm'.repeat(5000), pointer: `/${'p'.repeat(5000)}` };
  const { reasons } = boundNack({ type: 'nack', revision: REVISION, reasons: new Array(100).fill(reason) });
  expect(reasons).toHaveLength(MAX_REASONS);
  expect(reasons[0]).toEqual({
    code: 'c'.repeat(REASON_LENGTHS.code),
    message: 'm'.repeat(REASON_LENGTHS.message),
  });
});

test('a reason within its bounds stays as it is', () => {
  const reasons = [{ code: 'Invalid', message: 'expected a, found b', pointer: '/route/a' }];
  expect(boundNack({ type: 'nack', revision: REVISION, reasons }).reasons).toEqual(reasons);
});
