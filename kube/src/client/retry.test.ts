import { ApiError } from '../errors.ts';
import { retryWaitMs } from './retry.ts';

const busy = (retryAfterMs?: number) => new ApiError('TooManyRequests', 'busy', { retryAfterMs });

test('a busy server is waited for as long as it asks, and up to half as long again', () => {
  expect(retryWaitMs(busy(2_000), () => 0)).toBe(2_000);
  expect(retryWaitMs(busy(2_000), () => 0.999)).toBeCloseTo(2_999);
  expect(retryWaitMs(busy(0), () => 0)).toBe(100);
  expect(retryWaitMs(new ApiError('ServiceUnavailable', 'starting', { retryAfterMs: 1_000 }), () => 0)).toBe(
    1_000,
  );
});

test.each([
  ['it does not say when', busy()],
  ['it asks for longer than a worker may be held', busy(60_000)],
  ['something else failed', new ApiError('Conflict', 'changed', { retryAfterMs: 1_000 })],
  ['it is not an error of the API', new Error('x')],
])('there is no retry where %s', (_, error) => {
  expect(retryWaitMs(error, () => 0)).toBeUndefined();
});
