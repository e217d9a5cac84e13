import { createAddressLookup } from './address-lookup.ts';
import { NameServer } from './fixtures/name-server.ts';

let server: NameServer;

beforeEach(async () => {
  server = await NameServer.start({
    a: { 'shop.example': { addresses: ['10.0.0.1', '10.0.0.2'], ttl: 30 } },
    aaaa: {
      'shop.example': { addresses: [Buffer.alloc(16, 1)], ttl: 5 },
      'six.example': { addresses: [Buffer.from('fd000000000000000000000000000001', 'hex')], ttl: 60 },
    },
  });
});

afterEach(() => server.close());

const lookup = () => createAddressLookup([server.address]);

test('the IPv4 addresses of a name, and how long they hold', async () => {
  const { addresses, ttlMs } = await lookup()('shop.example');
  expect([addresses.sort(), ttlMs]).toEqual([['10.0.0.1', '10.0.0.2'], 30_000]);
});

test('a name without IPv4 addresses has its IPv6 ones', async () => {
  expect(await lookup()('six.example')).toEqual({ addresses: ['fd00::1'], ttlMs: 60_000 });
});

test('a name that DNS does not know may be one that the machine knows', async () => {
  const { addresses, ttlMs } = await lookup()('localhost');
  expect(addresses).toContain('127.0.0.1');
  expect(ttlMs).toBeGreaterThan(0);
});

test('a name that nobody knows is an error', async () => {
  await expect(lookup()('nowhere.invalid')).rejects.toThrow('nowhere.invalid');
});

test('where the name server says nothing it is an error within a few seconds', async () => {
  server.silent = true;
  await expect(lookup()('shop.example')).rejects.toMatchObject({ code: 'ETIMEOUT' });
}, 15_000);
