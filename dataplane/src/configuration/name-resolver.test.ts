import type { LookupAddress } from 'node:dns';
import { NameResolver } from './name-resolver.ts';

const address: LookupAddress = { address: '127.0.0.1', family: 4 };
const stop = new AbortController().signal;

test('the addresses are those of the latest answer', async () => {
  const answers = [[address], [{ ...address, address: '127.0.0.2' }]];
  const names = new NameResolver({ stop, lookup: async () => answers.shift()! });
  expect(await names.resolve('a.example')).toEqual([address]);
  expect((await names.resolve('a.example'))[0]?.address).toBe('127.0.0.2');
});

test.each<[string, () => Promise<LookupAddress[]>]>([
  ['fails', () => Promise.reject(new Error('SERVFAIL'))],
  ['knows no address any more', async () => []],
  ['does not answer', () => new Promise(() => {})],
])('while the name service %s the last addresses go on', async (_title, broken) => {
  const lookups = [async () => [address], broken];
  const names = new NameResolver({ stop, answerMs: 20, lookup: () => lookups.shift()!() });
  await names.resolve('a.example');
  expect(await names.resolve('a.example')).toEqual([address]);
});

test('a name that never resolved rejects', async () => {
  const names = new NameResolver({ stop, lookup: () => Promise.reject(new Error('ENOTFOUND')) });
  await expect(names.resolve('a.example')).rejects.toThrow('a.example does not resolve');
});

test('a lookup that hangs is waited for, not started again', async () => {
  let lookups = 0;
  const hanging = Promise.withResolvers<LookupAddress[]>();
  const names = new NameResolver({
    stop,
    answerMs: 5,
    lookup: () => {
      lookups++;
      return hanging.promise;
    },
  });
  for (let tries = 0; tries < 5; tries++) await expect(names.resolve('a.example')).rejects.toThrow();
  expect(lookups).toBe(1);
  hanging.resolve([address]);
  expect(await names.resolve('a.example')).toEqual([address]);
});

test('localhost resolves as the machine resolves it', async () => {
  const addresses = await new NameResolver({ stop, answerMs: 5_000 }).resolve('localhost');
  expect(addresses.length).toBeGreaterThan(0);
});
