import { dataPlane } from '../fixtures/data-plane.ts';
import { buildTokenSecret } from './token-secret.ts';

test('the token stands in the Secret and nowhere else of it (I7)', () => {
  const { data, ...rest } = buildTokenSecret(dataPlane(), 's3cret');
  expect(data).toEqual({ token: Buffer.from('s3cret').toString('base64') });
  expect(JSON.stringify(rest)).not.toMatch(/s3cret|czNjcmV0/);
});
