import { createServer } from 'node:net';
import type { Target } from './backend.ts';
import { FIRST_PROBE_MS, LONGEST_PROBE_MS, SLOW_CONNECT_MS, TargetRegistry } from './target-registry.ts';

/** A registry on a clock that the test moves, and probes that the test answers. */
function registryAt() {
  const clock = { now: 0 };
  const probes: { target: Target; done: (stands: boolean) => void }[] = [];
  const registry = new TargetRegistry({
    now: () => clock.now,
    probe: (target, done) => probes.push({ target, done }),
  });
  const upstream = registry.upstream('one');
  const targetAt = (address: string) => registry.target(upstream, { address, port: 80 });
  const target = targetAt('10.0.0.1');
  const failToConnect = () => {
    registry.mayConnect(target);
    registry.connectFailed(target);
  };
  return { clock, registry, upstream, targetAt, target, probes, failToConnect };
}

test('an address and port is one target of a backend, whoever asks', () => {
  const { targetAt, target, registry } = registryAt();
  expect(targetAt('10.0.0.1')).toBe(target);
  expect(targetAt('fd00::1')).toMatchObject({ key: '[fd00::1]:80', inFlight: 0 });
  expect(registry.target(registry.upstream('other'), target)).not.toBe(target);
});

test('a target that nobody names is dropped once no request is in flight on it', () => {
  const { registry, target, targetAt } = registryAt();
  const kept = targetAt('10.0.0.2');
  target.inFlight = 1;
  registry.retainOnly(new Set([kept]), new Set(['one']));
  expect(targetAt('10.0.0.1')).toBe(target);
  target.inFlight = 0;
  registry.retainOnly(new Set([kept]), new Set(['one']));
  expect(registry.size).toBe(1);
  expect(targetAt('10.0.0.1')).not.toBe(target);
});

test('a backend without targets is remembered as long as a revision names it', () => {
  const { registry, upstream } = registryAt();
  registry.retainOnly(new Set(), new Set(['one']));
  expect(registry.upstream('one')).toBe(upstream);
  registry.retainOnly(new Set(), new Set());
  expect(registry.upstream('one')).not.toBe(upstream);
});

test('health that is heard of before its backend holds from the beginning', () => {
  const { registry } = registryAt();
  registry.setUnhealthy('later', ['10.0.0.1:80']);
  expect(registry.upstream('later').unhealthy).toEqual(new Set(['10.0.0.1:80']));
  registry.setUnhealthy('later', []);
  expect(registry.upstream('later').unhealthy.size).toBe(0);
});

test('a target that failed to connect is avoided until a probe connects, and nobody else goes there meanwhile', () => {
  const { clock, registry, target, probes, failToConnect } = registryAt();
  failToConnect();
  expect([registry.isAvoided(target), probes.length]).toEqual([true, 0]);
  clock.now = FIRST_PROBE_MS;
  for (let look = 0; look < 5; look++) expect(registry.isAvoided(target)).toBe(true);
  expect(probes).toHaveLength(1);
  probes[0]!.done(true);
  expect(registry.isAvoided(target)).toBe(false);
});

test('a probe that fails makes the next one later, up to a bound', () => {
  const { clock, registry, target, probes, failToConnect } = registryAt();
  failToConnect();
  for (const wait of [1_000, 2_000, 4_000, LONGEST_PROBE_MS, LONGEST_PROBE_MS]) {
    const before = probes.length;
    clock.now += wait * 0.74;
    registry.isAvoided(target);
    expect(probes).toHaveLength(before);
    clock.now += wait * 0.26;
    registry.isAvoided(target);
    expect(probes).toHaveLength(before + 1);
    probes.at(-1)!.done(false);
  }
});

test('of many requests that wait for one dead address all fail, and the probe is no later for it', () => {
  const { clock, registry, target, probes, failToConnect } = registryAt();
  for (let request = 0; request < 50; request++) failToConnect();
  clock.now = FIRST_PROBE_MS;
  expect([registry.isAvoided(target), probes.length]).toEqual([true, 1]);
  failToConnect();
  clock.now = 1_000_000;
  expect([registry.isAvoided(target), probes.length]).toEqual([true, 1]);
});

test('a target that nobody wants is not probed', () => {
  const { clock, probes, failToConnect } = registryAt();
  failToConnect();
  clock.now = 1_000_000;
  expect(probes).toHaveLength(0);
});

test('however many targets are in trouble, the probes at a time are bounded', () => {
  const { clock, registry, upstream, targetAt, probes } = registryAt();
  const targets = Array.from({ length: 100 }, (_, index) => targetAt(`10.0.1.${index}`));
  for (const each of targets) {
    upstream.mayConnect();
    registry.connectFailed(each);
  }
  clock.now = FIRST_PROBE_MS;
  for (const each of targets) expect(registry.isAvoided(each)).toBe(true);
  expect(probes).toHaveLength(32);
  probes[0]!.done(false);
  for (const each of targets) registry.isAvoided(each);
  expect(probes).toHaveLength(33);
});

test('a request that connects all the same, since nothing else was left, ends the avoidance', () => {
  const { registry, target, failToConnect } = registryAt();
  failToConnect();
  registry.mayConnect(target);
  registry.connected(target);
  expect(registry.isAvoided(target)).toBe(false);
});

test('a target that does not answer a connection is avoided before the connection is given up, and probed', () => {
  const { clock, registry, target, probes } = registryAt();
  registry.mayConnect(target);
  clock.now = SLOW_CONNECT_MS - 1;
  registry.mayConnect(target);
  expect(registry.isAvoided(target)).toBe(false);
  clock.now = SLOW_CONNECT_MS;
  expect([registry.isAvoided(target), probes.length]).toEqual([true, 1]);
  probes[0]!.done(true);
  expect(registry.isAvoided(target)).toBe(false);
});

test('a connection that nobody waits for any more makes no target slow', () => {
  const { clock, registry, target } = registryAt();
  registry.mayConnect(target);
  clock.now = SLOW_CONNECT_MS - 1;
  registry.connectAbandoned(target);
  clock.now = 10 * SLOW_CONNECT_MS;
  expect(registry.isAvoided(target)).toBe(false);
});

test('one connection that stands shows that the target answers, however long the next one takes from then on', () => {
  const { clock, registry, target } = registryAt();
  registry.mayConnect(target);
  clock.now = SLOW_CONNECT_MS;
  registry.connected(target);
  expect(registry.isAvoided(target)).toBe(false);
});

test('a target that is back is found by a connection of its own', async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  const clock = { now: 0 };
  const registry = new TargetRegistry({ now: () => clock.now });
  const target = registry.target(registry.upstream('one'), { address: '127.0.0.1', port });
  registry.mayConnect(target);
  registry.connectFailed(target);
  clock.now = FIRST_PROBE_MS;
  const probed = new Promise<void>((resolve) =>
    server.once('connection', (socket) => socket.once('close', resolve)),
  );
  expect(registry.isAvoided(target)).toBe(true);
  await probed;
  server.close();
  await new Promise<void>((resolve) => server.once('close', resolve));
  while (registry.isAvoided(target)) await new Promise((resolve) => setImmediate(resolve));
});
