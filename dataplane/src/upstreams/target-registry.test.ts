import { FIRST_AVOIDANCE_MS, LONGEST_AVOIDANCE_MS, TargetRegistry } from './target-registry.ts';

/** A registry on a clock that the test moves. */
function registryAt() {
  const clock = { now: 0 };
  const registry = new TargetRegistry({ now: () => clock.now });
  const upstream = registry.upstream('one');
  const targetAt = (address: string) => registry.target(upstream, { address, port: 80 });
  return { clock, registry, upstream, targetAt, target: targetAt('10.0.0.1') };
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

test('a target that failed to connect is avoided for a second at most', () => {
  const { clock, registry, target } = registryAt();
  registry.connectFailed(target);
  expect(registry.isAvoided(target)).toBe(true);
  clock.now = FIRST_AVOIDANCE_MS * 0.74;
  expect(registry.isAvoided(target)).toBe(true);
  clock.now = FIRST_AVOIDANCE_MS;
  expect(registry.isAvoided(target)).toBe(false);
});

test('failures in a row lengthen the avoidance up to its bound', () => {
  const { clock, registry, target } = registryAt();
  for (let failure = 0; failure < 1_100; failure++) registry.connectFailed(target);
  clock.now = LONGEST_AVOIDANCE_MS * 0.74;
  expect(registry.isAvoided(target)).toBe(true);
  clock.now = LONGEST_AVOIDANCE_MS;
  expect(registry.isAvoided(target)).toBe(false);
});

test('a connection that stands ends the avoidance and the row of failures', () => {
  const { clock, registry, target } = registryAt();
  registry.connectFailed(target);
  registry.connectFailed(target);
  registry.connected(target);
  expect(registry.isAvoided(target)).toBe(false);
  registry.connectFailed(target);
  clock.now = FIRST_AVOIDANCE_MS;
  expect(registry.isAvoided(target)).toBe(false);
});

test('after the avoidance one request is the probe and the others go on avoiding the target', () => {
  const { clock, registry, target } = registryAt();
  registry.connectFailed(target);
  clock.now = FIRST_AVOIDANCE_MS;
  registry.trying(target);
  expect(registry.isAvoided(target)).toBe(true);
});

test('a probe that fails begins a longer avoidance', () => {
  const { clock, registry, target } = registryAt();
  registry.connectFailed(target);
  clock.now = FIRST_AVOIDANCE_MS;
  registry.trying(target);
  registry.connectFailed(target);
  clock.now += FIRST_AVOIDANCE_MS;
  expect(registry.isAvoided(target)).toBe(true);
});

test('a probe that nobody heard of again, because it went over a kept connection, leaves the target usable', () => {
  const { clock, registry, target } = registryAt();
  registry.connectFailed(target);
  clock.now = FIRST_AVOIDANCE_MS;
  registry.trying(target);
  clock.now += 5_000;
  registry.trying(target);
  expect(registry.isAvoided(target)).toBe(false);
});
