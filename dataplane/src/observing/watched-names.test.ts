import type { AddressesFact } from '@holdfast/protocol/facts/facts.ts';
import { Inbox } from '../configuration/fixtures/inbox.ts';
import { createAddressLookup, type Resolved } from './address-lookup.ts';
import { NameServer } from './fixtures/name-server.ts';
import { WatchedNames } from './watched-names.ts';

const ends: (() => unknown)[] = [];

afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

function watchedWith(lookup: (hostname: string) => Promise<Resolved>) {
  const facts = new Inbox<AddressesFact>();
  const failures = new Inbox<string>();
  const names = new WatchedNames({
    lookup,
    onAddresses: (fact) => facts.put(fact),
    onResolved: () => {},
    onFailure: (hostname) => failures.put(hostname),
  });
  ends.push(() => names.stop());
  return { names, facts, failures };
}

const addressesOf = ({ value }: AddressesFact) => value.endpoints.map(({ address }) => address);

test('each address of a name is an endpoint on the port that was asked for, and the first are there when watch resolves', async () => {
  const { names, facts } = watchedWith(async () => ({ addresses: ['10.0.0.2', '10.0.0.1'], ttlMs: 60_000 }));
  await names.watch([{ hostname: 'a.example', port: 80 }]);
  expect(facts.all).toEqual([
    {
      kind: 'addresses',
      name: 'a.example:80',
      version: '10.0.0.1,10.0.0.2',
      value: {
        endpoints: [
          { address: '10.0.0.1', port: 80 },
          { address: '10.0.0.2', port: 80 },
        ],
      },
    },
  ]);
});

test('a name with two ports is resolved once, and a port that comes later needs no query', async () => {
  let queries = 0;
  const { names, facts } = watchedWith(async () => {
    queries++;
    return { addresses: ['10.0.0.1'], ttlMs: 60_000 };
  });
  await names.watch([80, 81].map((port) => ({ hostname: 'a.example', port })));
  await names.watch([80, 81, 82].map((port) => ({ hostname: 'a.example', port })));
  expect(facts.all.map(({ name }) => name)).toEqual(['a.example:80', 'a.example:81', 'a.example:82']);
  expect(queries).toBe(1);
});

test('when the TTL ends the name is resolved again, and told only where its addresses are others', async () => {
  const server = await NameServer.start({ a: { 'a.example': { addresses: ['10.0.0.1'], ttl: 1 } } });
  ends.push(() => server.close());
  const { names, facts } = watchedWith(createAddressLookup([server.address]));
  await names.watch([{ hostname: 'a.example', port: 80 }]);
  expect(addressesOf(await facts.next())).toEqual(['10.0.0.1']);
  server.zone = { a: { 'a.example': { addresses: ['10.0.0.9'], ttl: 1 } } };
  expect(addressesOf(await facts.next())).toEqual(['10.0.0.9']);
});

test('while nobody answers the last known addresses stand, and it is tried again', async () => {
  const server = await NameServer.start({ a: { 'a.example': { addresses: ['10.0.0.1'], ttl: 1 } } });
  ends.push(() => server.close());
  const { names, facts, failures } = watchedWith(createAddressLookup([server.address]));
  await names.watch([{ hostname: 'a.example', port: 80 }]);
  server.zone = {};
  expect(await failures.next()).toBe('a.example');
  expect(facts.all).toHaveLength(1);
  server.zone = { a: { 'a.example': { addresses: ['10.0.0.2'], ttl: 60 } } };
  await facts.next();
  expect(addressesOf(await facts.next())).toEqual(['10.0.0.2']);
}, 15_000);

test('the same addresses in another order are no news', async () => {
  const answers = [['10.0.0.1', '10.0.0.2'], ['10.0.0.2', '10.0.0.1'], ['10.0.0.3']];
  const { names, facts } = watchedWith(async () => ({ addresses: answers.shift()!, ttlMs: 0 }));
  await names.watch([{ hostname: 'a.example', port: 80 }]);
  await facts.next();
  expect(addressesOf(await facts.next())).toEqual(['10.0.0.3']);
});

const timers = () => process.getActiveResourcesInfo().filter((resource) => resource === 'Timeout').length;

test('a name that is watched no more is resolved no more', async () => {
  const hanging = Promise.withResolvers<Resolved>();
  const { names, facts, failures } = watchedWith(() => hanging.promise);
  const before = timers();
  const watching = names.watch([{ hostname: 'a.example', port: 80 }]);
  await names.watch([]);
  hanging.resolve({ addresses: ['10.0.0.1'], ttlMs: 0 });
  await watching;
  expect([facts.all, failures.all, timers()]).toEqual([[], [], before]);
});

test('however many names there are, few are asked for at a time', async () => {
  let running = 0;
  let most = 0;
  const { names, facts } = watchedWith(async () => {
    running++;
    most = Math.max(most, running);
    await new Promise((resolve) => setImmediate(resolve));
    running--;
    return { addresses: ['10.0.0.1'], ttlMs: 60_000 };
  });
  await names.watch(Array.from({ length: 200 }, (_, index) => ({ hostname: `n${index}.example`, port: 80 })));
  expect(facts.all).toHaveLength(200);
  expect(most).toBe(16);
});
