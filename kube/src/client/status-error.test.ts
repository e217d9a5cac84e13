import { answerError, eventError } from './status-error.ts';

const body = (status: object) => JSON.stringify({ kind: 'Status', status: 'Failure', ...status });

test.each([
  [404, body({ reason: 'NotFound' }), 'NotFound'],
  [409, body({ reason: 'AlreadyExists' }), 'AlreadyExists'],
  [409, body({ reason: 'Conflict' }), 'Conflict'],
  [410, body({ reason: 'Expired' }), 'Expired'],
  [503, 'no healthy upstream', 'ServiceUnavailable'],
  [500, '', 'InternalError'],
  [418, body({ reason: 'Teapot' }), 'Unknown'],
  [422, body({ reason: 'toString' }), 'Invalid'],
])('an answer %d %s is %s', (code, text, reason) => {
  expect(answerError('GET /x', code, text)).toMatchObject({ name: 'ApiError', reason, status: code });
});

test('the message says what was asked, what the server said, and the causes name the fields', () => {
  const causes = [{ field: 'spec.replicas', message: 'must be positive' }];
  const error = answerError(
    'PATCH /x',
    422,
    body({ reason: 'Invalid', message: 'x is invalid', details: { causes } }),
  );
  expect(error.message).toBe('PATCH /x: 422: x is invalid');
  expect(error.causes).toEqual(causes);
});

test.each([
  ['3', {}, 3_000],
  [undefined, { retryAfterSeconds: 2 }, 2_000],
  ['Wed, 21 Oct 2026 07:28:00 GMT', {}, undefined],
  [undefined, {}, undefined],
])('Retry-After %s with details %j is %s ms', (header, details, retryAfterMs) => {
  const text = body({ reason: 'TooManyRequests', details });
  expect(answerError('GET /x', 429, text, header).retryAfterMs).toBe(retryAfterMs);
});

test('a long page of a proxy is quoted in part', () => {
  expect(answerError('GET /x', 502, 'x'.repeat(10_000)).message.length).toBeLessThan(400);
});

test('an ERROR event is an error like an answer, also without any content', () => {
  expect(eventError('WATCH /x', { code: 410, reason: 'Expired', message: 'too old' })).toMatchObject({
    reason: 'Expired',
    status: 410,
  });
  expect(eventError('WATCH /x', undefined)).toMatchObject({ reason: 'Unknown', status: 0 });
});
