import type { Backend, ResourceKey, Route } from '@holdfast/protocol/configuration/types.ts';
import type { EndpointsFact } from '@holdfast/protocol/facts/facts.ts';
import type { DigestedResource, ResourceSet, RevisionId } from '@holdfast/protocol/revision/revision.ts';
import { TargetRegistry } from '../upstreams/target-registry.ts';
import { CompileError, MAX_REASONS } from './compile-error.ts';
import type { RequestHead } from './compiled-route.ts';
import { type Gateway, GatewayBuilder, trialCompile } from './gateway.ts';
import { LoopBudget, SLICE_MS } from './loop-budget.ts';

const revision = (sequence: number): RevisionId => ({ lineage: 'l', sequence, hash: `sha256:${sequence}` });

const request = (path: string): RequestHead => ({
  listener: 'http',
  hostname: 'shop.example.com',
  path,
  query: '',
  method: 'GET',
  headers: {},
});

const backend = (name: string, port: number): Backend => ({
  name,
  endpoints: [{ address: '10.0.0.1', port }],
});
const service = (name: string): Backend => ({ name, service: { name, port: 80 } });
const route = (name: string, path: string, backendName = 'one'): Route => ({
  name,
  matches: [{ path: { type: 'PathPrefix', value: path } }],
  backendRefs: [{ name: backendName }],
});
const fact = (name: string, ports: number[], fallback?: number): EndpointsFact => ({
  kind: 'endpoints',
  name: `${name}:80`,
  version: ports.join(),
  value: {
    endpoints: ports.map((port) => ({ address: '10.0.0.2', port })),
    ...(fallback === undefined ? {} : { fallback: { address: '10.96.0.1', port: fallback } }),
  },
});

class Bench {
  readonly targets = new TargetRegistry();
  readonly builder: GatewayBuilder;

  constructor(newBudget?: () => LoopBudget) {
    this.builder = new GatewayBuilder(this.targets, newBudget);
  }

  routes(...routes: Route[]): this {
    for (const each of routes) this.builder.putResource(`route/${each.name}`, JSON.stringify(each));
    return this;
  }

  backends(...backends: Backend[]): this {
    for (const each of backends) this.builder.putResource(`backend/${each.name}`, JSON.stringify(each));
    return this;
  }

  facts(...facts: EndpointsFact[]): this {
    for (const each of facts) this.builder.putFact(`endpoints/${each.name}`, JSON.stringify(each));
    return this;
  }

  build(sequence = 1): Promise<Gateway> {
    return this.builder.build(revision(sequence));
  }

  /** The codes it is refused with. */
  async refusal(sequence = 1): Promise<string[]> {
    const error = await this.build(sequence).catch((caught: unknown) => caught);
    if (!(error instanceof CompileError)) throw new Error('it was not refused');
    return error.reasons.map(({ code }) => code);
  }
}

const routeAt = (gateway: Gateway, path: string) => gateway.routes.match(request(path))?.route;
const servedBy = (gateway: Gateway, path: string) => routeAt(gateway, path)?.pickBackend()?.pick([])?.key;

test('what is put serves under the revision of the build', async () => {
  const gateway = await new Bench().routes(route('a', '/a')).backends(backend('one', 1)).build(7);
  expect(gateway.revision).toEqual(revision(7));
  expect(servedBy(gateway, '/a')).toBe('10.0.0.1:1');
  expect(routeAt(gateway, '/b')).toBeUndefined();
});

test('a gateway that serves is never changed by a later build (I9)', async () => {
  const bench = new Bench().routes(route('a', '/a')).backends(backend('one', 1));
  const before = await bench.build(1);
  const matched = routeAt(before, '/a');
  bench.builder.deleteResource('route/a');
  const after = await bench.routes(route('b', '/b')).backends(backend('one', 2)).build(2);

  expect([servedBy(before, '/a'), routeAt(before, '/b')]).toEqual(['10.0.0.1:1', undefined]);
  expect([routeAt(after, '/a'), servedBy(after, '/b')]).toEqual([undefined, '10.0.0.1:2']);
  expect(matched?.pickBackend()?.pick([])?.key).toBe('10.0.0.1:1');
});

test('a route whose text did not change is the same object in the next gateway', async () => {
  const bench = new Bench().routes(route('a', '/a'), route('b', '/b')).backends(backend('one', 1));
  const before = await bench.build(1);
  const after = await bench.routes(route('a', '/a'), route('b', '/new')).build(2);
  expect(routeAt(after, '/a')).toBe(routeAt(before, '/a'));
  expect(routeAt(after, '/new')?.name).toBe('b');
});

test('a route that did not change follows a backend that did', async () => {
  const bench = new Bench().routes(route('a', '/a')).backends(backend('one', 1));
  await bench.build(1);
  expect(servedBy(await bench.backends(backend('one', 2)).build(2), '/a')).toBe('10.0.0.1:2');
});

test('deleting a backend that a route still names is refused', async () => {
  const bench = new Bench().routes(route('a', '/a')).backends(backend('one', 1));
  await bench.build(1);
  bench.builder.deleteResource('backend/one');
  expect(await bench.refusal(2)).toEqual(['BackendNotFound']);
});

test('the order in which a backend and its route are put does not matter', async () => {
  const gateway = await new Bench()
    .routes(route('a', '/a', 'late'))
    .backends(backend('late', 3))
    .build();
  expect(servedBy(gateway, '/a')).toBe('10.0.0.1:3');
});

test('a refused build drops its changes whole, and the next one goes on from the last good (I3)', async () => {
  const bench = new Bench().routes(route('a', '/a')).backends(backend('one', 1));
  const good = await bench.build(1);
  bench.builder.deleteResource('route/a');
  bench.routes(route('b', '/b'), route('c', '/c', 'nowhere')).backends(backend('one', 2));
  expect(await bench.refusal(2)).toEqual(['BackendNotFound']);

  expect(servedBy(good, '/a')).toBe('10.0.0.1:1');
  const next = await bench.routes(route('d', '/d')).build(3);
  expect(['/a', '/b', '/c', '/d'].map((path) => servedBy(next, path))).toEqual([
    '10.0.0.1:1',
    undefined,
    undefined,
    '10.0.0.1:1',
  ]);
  expect(bench.targets.size).toBe(1);
});

test('what is put while a build runs belongs to the next build', async () => {
  const bench = new Bench().routes(route('a', '/a')).backends(backend('one', 1));
  const running = bench.build(1);
  bench.routes(route('b', '/b'));
  expect(routeAt(await running, '/b')).toBeUndefined();
  expect(routeAt(await bench.build(2), '/b')?.name).toBe('b');
});

test('builds that are asked for at once run one after another', async () => {
  const bench = new Bench().routes(route('a', '/a')).backends(backend('one', 1));
  const first = bench.build(1);
  const second = bench.routes(route('b', '/b')).build(2);
  expect([routeAt(await first, '/b'), routeAt(await second, '/b')?.name]).toEqual([undefined, 'b']);
});

test('what was staged on top of a build that is then refused is refused too, for it would be no known revision', async () => {
  const bench = new Bench().routes(route('a', '/a', 'nowhere'));
  const first = bench.refusal(1);
  const second = bench.refusal(2);
  bench.backends(backend('one', 1));
  expect([await first, await second]).toEqual([['BackendNotFound'], ['BasedOnRefused']]);
  expect(await bench.refusal(3)).toEqual(['BasedOnRefused']);
  expect((await bench.build(4)).revision).toEqual(revision(4));
});

test('after a reset only what is put again serves', async () => {
  const bench = new Bench()
    .routes(route('a', '/a'), route('b', '/b'))
    .backends(backend('one', 1), backend('two', 2), service('s'));
  const before = await bench.facts(fact('s', [5])).build(1);
  bench.routes(route('dropped', '/dropped'));
  bench.builder.reset();
  const after = await bench.routes(route('b', '/b')).backends(backend('one', 1)).build(2);
  expect(['/a', '/b', '/dropped'].map((path) => routeAt(after, path)?.name)).toEqual([
    undefined,
    'b',
    undefined,
  ]);
  expect(routeAt(after, '/b')).toBe(routeAt(before, '/b'));
  expect(bench.targets.size).toBe(1);
});

test('nothing at all builds a gateway without routes', async () => {
  const gateway = await new GatewayBuilder(new TargetRegistry()).build(null);
  expect([gateway.revision, routeAt(gateway, '/')]).toEqual([null, undefined]);
});

test('a backend of a service has no endpoints until the fact comes, and none when it is gone', async () => {
  const bench = new Bench().routes(route('a', '/a', 's')).backends(service('s'));
  const gateway = await bench.build(1);
  expect([routeAt(gateway, '/a')?.pickBackend()?.name, servedBy(gateway, '/a')]).toEqual(['s', undefined]);
  await bench.facts(fact('s', [8080])).build(1);
  expect(servedBy(gateway, '/a')).toBe('10.0.0.2:8080');
  bench.builder.deleteFact('endpoints/s:80');
  await bench.build(1);
  expect([servedBy(gateway, '/a'), bench.targets.size]).toEqual([undefined, 0]);
});

test('a fact that changes gives the same routes, and new endpoints to requests under way', async () => {
  const bench = new Bench()
    .routes(route('a', '/a', 's'))
    .backends(service('s'))
    .facts(fact('s', [8080]));
  const before = await bench.build(1);
  const underWay = routeAt(before, '/a');
  const after = await bench.facts(fact('s', [9090], 80)).build(1);
  expect(after.routes).toBe(before.routes);
  expect(underWay?.pickBackend()?.pick([])?.key).toBe('10.0.0.2:9090');
});

test('a fact that is known before its backend is used by it', async () => {
  const bench = new Bench().facts(fact('s', [8080]));
  await bench.builder.build(null);
  expect(
    servedBy(
      await bench
        .routes(route('a', '/a', 's'))
        .backends(service('s'))
        .build(),
      '/a',
    ),
  ).toBe('10.0.0.2:8080');
});

test('the endpoints of a refused build are not seen by the gateway that serves', async () => {
  const bench = new Bench()
    .routes(route('a', '/a', 's'))
    .backends(service('s'))
    .facts(fact('s', [8080]));
  const gateway = await bench.build(1);
  await bench
    .facts(fact('s', [9090]))
    .routes(route('b', '/b', 'nowhere'))
    .refusal(2);
  expect(servedBy(gateway, '/a')).toBe('10.0.0.2:8080');
});

test('a target stays the same object across revisions, with its requests in flight', async () => {
  const bench = new Bench().routes(route('a', '/a')).backends(backend('one', 1));
  const target = routeAt(await bench.build(1), '/a')!
    .pickBackend()!
    .pick([])!;
  target.inFlight++;
  const after = await bench
    .backends({ ...backend('one', 1), loadBalancing: { policy: 'LeastRequest' } })
    .build(2);
  expect(routeAt(after, '/a')?.pickBackend()?.pick([])).toBe(target);
});

test.each<[title: string, key: ResourceKey, json: string, pointer: string]>([
  ['text that is no JSON', 'route/x', '{', '/route/x'],
  ['a resource of the wrong shape', 'route/x', '{"name":"x","matches":5}', '/route/x'],
  ['null', 'backend/x', 'null', '/backend/x'],
  ['a filter of a type that is not known', 'route/x', '{"name":"x","filters":[{"type":"New"}]}', '/route/x'],
  ['a kind that is not known', 'widget/a/b' as ResourceKey, '{}', '/widget/a~1b'],
])('%s is refused with its pointer and ends no worker', async (_title, key, json, pointer) => {
  const builder = new GatewayBuilder(new TargetRegistry());
  builder.putResource(key, json);
  await expect(builder.build(revision(1))).rejects.toMatchObject({
    reasons: [{ code: 'ResourceUnreadable', pointer }],
  });
});

test('a fact of the wrong shape is refused with its pointer', async () => {
  const builder = new GatewayBuilder(new TargetRegistry());
  builder.putFact('endpoints/s:80', '{"value":{}}');
  await expect(builder.build(null)).rejects.toMatchObject({ reasons: [{ pointer: '/endpoints/s:80' }] });
});

test('no more reasons are given than a nack carries', async () => {
  const bench = new Bench();
  for (let index = 0; index < 40; index++) bench.routes(route(`r${index}`, '/', 'nowhere'));
  expect(await bench.refusal()).toHaveLength(MAX_REASONS);
  const backendRefs = Array.from({ length: 40 }, () => ({ name: 'nowhere' }));
  expect(await bench.routes({ name: 'one', backendRefs }).refusal()).toHaveLength(MAX_REASONS);
});

test('nothing is remembered of backends that no revision names any more', async () => {
  const bench = new Bench().backends(service('s')).facts(fact('s', [1, 2], 80));
  await bench.build(1);
  const upstream = bench.targets.upstream('s');
  expect(bench.targets.size).toBe(3);
  bench.builder.deleteResource('backend/s');
  await bench.build(2);
  expect(bench.targets.size).toBe(0);
  expect(bench.targets.upstream('s')).not.toBe(upstream);
});

test('two backends with one address have a target each, so that what fails for one does not for the other', async () => {
  const bench = new Bench()
    .routes(route('a', '/a', 'one'), route('b', '/b', 'two'))
    .backends(backend('one', 1), backend('two', 1));
  const gateway = await bench.build(1);
  const [one, two] = ['/a', '/b'].map((path) => routeAt(gateway, path)!.pickBackend()!.pick([])!);
  expect(one!.key).toBe(two!.key);
  expect(one).not.toBe(two);
});

test('addresses of a name that come later serve without a new revision, also for requests under way', async () => {
  const bench = new Bench()
    .routes(route('a', '/a', 'd'))
    .backends({ name: 'd', dns: { hostname: 'd.example', port: 80 } });
  const gateway = await bench.build(1);
  expect(servedBy(gateway, '/a')).toBeUndefined();
  const addresses = { kind: 'addresses', name: 'd.example:80', version: '1' };
  const value = { endpoints: [{ address: '10.0.0.7', port: 80 }] };
  bench.builder.putFact('addresses/d.example:80', JSON.stringify({ ...addresses, value }));
  await bench.build(1);
  expect(servedBy(gateway, '/a')).toBe('10.0.0.7:80');
  const target = routeAt(gateway, '/a')!.pickBackend()!.pick([])!;
  expect(target.upstream).toBe(bench.targets.upstream('d'));
});

test('the zone that is told decides which endpoints a backend prefers', async () => {
  const zones = ['a', 'b'].map((zone, index) => ({ address: '10.0.0.1', port: index + 1, zone }));
  const loadBalancing = { policy: 'RoundRobin' as const, trafficDistribution: 'PreferSameZone' as const };
  const bench = new Bench()
    .routes(route('a', '/a', 'z'))
    .backends({ name: 'z', endpoints: zones, loadBalancing });
  const gateway = await bench.build(1);
  bench.builder.putFact('zone/own', '{"kind":"zone","name":"own","version":"b","value":{"zone":"b"}}');
  await bench.build(1);
  const served = new Set(Array.from({ length: 10 }, () => servedBy(gateway, '/a')));
  expect(served).toEqual(new Set(['10.0.0.1:2']));
});

/** A clock that goes on by 1 ms whenever it is looked at: the number of slices does not depend on the machine. */
function slowClock(): () => number {
  let now = 0;
  return () => now++;
}

test('a build of 10,000 routes lets the event loop turn between its slices', async () => {
  const bench = new Bench(() => new LoopBudget(slowClock()));
  bench.backends(backend('one', 1));
  for (let index = 0; index < 10_000; index++) bench.routes(route(`r${index}`, `/p${index}`));
  let turns = 0;
  let ticking: NodeJS.Immediate;
  const tick = () => {
    turns++;
    ticking = setImmediate(tick);
  };
  ticking = setImmediate(tick);
  const gateway = await bench.build();
  clearImmediate(ticking);
  expect(routeAt(gateway, '/p9999')?.name).toBe('r9999');
  expect(turns).toBeGreaterThan(1_000);
});

test('a build costs what the change costs and not what the configuration costs', async () => {
  let items = 0;
  class CountingBudget extends LoopBudget {
    override isSpent(): boolean {
      items++;
      return super.isSpent();
    }
  }
  const bench = new Bench(() => new CountingBudget());
  const many = Array.from({ length: 1_000 }, (_, index) => route(`r${index}`, `/r${index}`));
  await bench
    .backends(backend('one', 1))
    .routes(...many)
    .builder.build(revision(1));
  items = 0;
  await bench.routes(route('r5', '/other')).builder.build(revision(2));
  expect(items).toBeLessThan(10);
});

test('a slice is spent as soon as it has taken 2 ms', async () => {
  let now = 0;
  const budget = new LoopBudget(() => now);
  const askEight = () => Array.from({ length: 8 }, () => budget.isSpent()).includes(true);
  now = SLICE_MS - 0.1;
  expect(askEight()).toBe(false);
  now = SLICE_MS;
  expect(askEight()).toBe(true);
  await budget.nextSlice();
  expect(askEight()).toBe(false);
});

const setOf = (...resources: [ResourceKey, Route | Backend][]): ResourceSet =>
  new Map(resources.map(([key, resource]) => [key, { resource, digest: '' }]));

test('a trial compile finds nothing in what a worker would serve', async () => {
  const resources = setOf(['route/a', route('a', '/a', 's')], ['backend/s', service('s')]);
  expect(await trialCompile(resources, [fact('s', [1])])).toEqual([]);
});

test('a trial compile gives the reasons for which a worker would refuse', async () => {
  expect(await trialCompile(setOf(['route/a', route('a', '/a')]), [])).toEqual([
    { code: 'BackendNotFound', message: 'there is no backend "one"', pointer: '/route/a/backendRefs/0/name' },
  ]);
});

test('a trial compile reads again what changed, and a route whose backend is gone', async () => {
  let reads = 0;
  const entry = (resource: Route | Backend): [ResourceKey, DigestedResource] => {
    const toJSON = () => {
      reads++;
      return resource;
    };
    return [
      `${'endpoints' in resource ? 'backend' : 'route'}/${resource.name}`,
      { resource: Object.assign({ toJSON }, resource), digest: '' },
    ];
  };
  const [a, b, one] = [entry(route('a', '/a')), entry(route('b', '/b')), entry(backend('one', 1))];
  expect(await trialCompile(new Map([a, b, one]), [])).toEqual([]);
  reads = 0;
  expect(await trialCompile(new Map([a, entry(route('b', '/c')), one]), [])).toEqual([]);
  expect(reads).toBe(2);
  expect(await trialCompile(new Map([a, b]), [])).toHaveLength(2);
});
