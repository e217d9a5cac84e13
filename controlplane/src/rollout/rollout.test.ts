import type { Reason } from '@holdfast/protocol/stream/messages.ts';
import type { Gates } from './gates.ts';
import { type Member, Rollout, type RolloutOutcome } from './rollout.ts';
import { rolloutPlan } from './rollout-plan.ts';

const CANDIDATE = { lineage: 'L', sequence: 2, hash: 'sha256:2' };
const ACTIVE = { lineage: 'L', sequence: 1, hash: 'sha256:1' };
const SOAK_MS = 10_000;
const ERRORS = { absolutePercent: 5, relativePercent: 200, minRequests: 50 };

interface SceneOptions {
  instances?: number;
  steps?: number[];
  littleTraffic?: Gates['littleTraffic'];
}

/** A fleet that does what it is told, and a clock that is moved by hand. */
class Scene {
  readonly rollout: Rollout;
  readonly fleet = new Map<string, Member>();
  now = 1_000_000;
  outcome: RolloutOutcome | undefined;

  constructor({ instances = 4, steps = [50], littleTraffic = 'Proceed' }: SceneOptions = {}) {
    const gates = { errors: ERRORS, littleTraffic };
    const settings = { canary: { instances: 1 }, soak: '10s', steps, gates };
    this.rollout = new Rollout(CANDIDATE, rolloutPlan(settings, instances)!, this.now);
    for (let number = 1; number <= instances; number++) this.join(`i${number}`);
  }

  get chosen(): string[] {
    return [...this.rollout.chosen];
  }

  get others(): string[] {
    return [...this.fleet.keys()].filter((name) => !this.rollout.isFor(name));
  }

  join(instance: string, change: Partial<Member> = {}): void {
    const member = { eligible: true, draining: false, tries: false, refusal: undefined };
    this.fleet.set(instance, { instance, ...member, ...change });
  }

  change(instance: string, change: Partial<Member>): void {
    this.fleet.set(instance, { ...this.fleet.get(instance)!, ...change });
  }

  step(ms = 250): RolloutOutcome | undefined {
    this.now += ms;
    this.outcome ??= this.rollout.step([...this.fleet.values()], this.now);
    return this.outcome;
  }

  /** Those that are chosen serve it. */
  serve(): void {
    this.step();
    for (const name of this.chosen) this.change(name, { tries: true });
    this.step();
  }

  report(instance: string, total: number, failed: number, workerCrashes = 0): void {
    const revision = this.fleet.get(instance)!.tries ? CANDIDATE : ACTIVE;
    const requests = { total, failed };
    const revisions = [{ revision, requests, workerCrashes }];
    this.rollout.record(instance, { requests, revisions }, this.now);
  }

  /** A whole stage in which each instance reports the same. */
  stage(total = 100, failed = 0): RolloutOutcome | undefined {
    this.serve();
    this.step(SOAK_MS);
    for (const name of this.fleet.keys()) this.report(name, total, failed);
    return this.step();
  }
}

test('one canary, then the steps, then it is promoted; nobody else is given it before', () => {
  const scene = new Scene({ instances: 8, steps: [25, 50] });
  scene.step();
  expect([scene.chosen.length, scene.rollout.story.phase]).toEqual([1, 'Canary']);
  expect(scene.stage()).toBeUndefined();
  scene.step();
  expect([scene.chosen.length, scene.rollout.story]).toEqual([
    2,
    expect.objectContaining({ phase: 'Promoting', reason: 'Applying' }),
  ]);
  scene.stage();
  scene.step();
  expect(scene.chosen).toHaveLength(4);
  expect(scene.stage()).toMatchObject({ kind: 'promote' });
});

test('a stage that asks for no more instances than try it already is passed over', () => {
  const scene = new Scene({ instances: 3, steps: [10, 30] });
  expect(scene.stage()).toMatchObject({ kind: 'promote' });
});

test('a stage lasts until all its instances serve it, the soak has passed and each has reported since', () => {
  const scene = new Scene({ steps: [] });
  scene.step();
  scene.step(5 * SOAK_MS);
  expect(scene.rollout.story.reason).toBe('Applying');
  scene.serve();
  scene.report(scene.chosen[0]!, 100, 0);
  expect(scene.step(SOAK_MS)).toBeUndefined();
  expect(scene.rollout.story.reason).toBe('Soaking');
  scene.report(scene.chosen[0]!, 100, 0);
  expect(scene.step()).toMatchObject({ kind: 'promote' });
});

test('reports that never come do not hold it up for ever', () => {
  const scene = new Scene({ steps: [] });
  scene.serve();
  expect(scene.step(SOAK_MS)).toBeUndefined();
  expect(scene.step(SOAK_MS)).toMatchObject({ kind: 'promote' });
});

test('more answers 5xx than the rest of the fleet end it at once where there is something to compare with', () => {
  const scene = new Scene();
  scene.serve();
  scene.report(scene.chosen[0]!, 100, 100);
  expect(scene.step()).toBeUndefined();
  for (const name of scene.others) scene.report(name, 100, 1);
  const outcome = scene.step();
  expect(outcome).toMatchObject({ kind: 'end', phase: 'RolledBack', reason: 'TooManyErrors' });
  expect(outcome?.message).toMatch(
    /^100\.0% of 100 requests answered 5xx with it, 1\.0% of 300 requests .* without, within \d+ s$/,
  );
});

test('where nothing is there to compare with, it is judged alone after the soak', () => {
  const scene = new Scene({ instances: 1, steps: [] });
  // One instance is no fleet to try something on; somebody asked for it.
  const settings = {
    strategy: 'Progressive' as const,
    canary: { instances: 1 },
    soak: '10s',
    steps: [],
    gates: { errors: ERRORS, littleTraffic: 'Proceed' as const },
  };
  const rollout = new Rollout(CANDIDATE, rolloutPlan(settings, 1)!, 0);
  const member = { ...scene.fleet.get('i1')!, tries: true };
  rollout.step([member], 0);
  rollout.step([member], SOAK_MS);
  const requests = { total: 100, failed: 90 };
  const revisions = [{ revision: CANDIDATE, requests, workerCrashes: 0 }];
  rollout.record('i1', { requests, revisions }, SOAK_MS);
  expect(rollout.step([member], SOAK_MS)).toMatchObject({ reason: 'TooManyErrors' });
});

test('a backend that fails for all is no fault of the revision', () => {
  const scene = new Scene();
  expect(scene.stage(100, 90)).toBeUndefined();
  expect(scene.stage(100, 90)).toMatchObject({ kind: 'promote' });
});

test('too little traffic is said and passed, or waited with, as the DataPlane says', () => {
  const passing = new Scene({ steps: [] });
  expect(passing.stage(10, 10)?.message).toMatch(/^too little traffic to judge by: 100\.0% of 10 requests/);
  const holding = new Scene({ steps: [], littleTraffic: 'Hold' });
  expect(holding.stage(10)).toBeUndefined();
  expect(holding.rollout.story.reason).toBe('LittleTraffic');
  holding.report(holding.chosen[0]!, 60, 0);
  expect(holding.step()).toMatchObject({ kind: 'promote' });
});

test('a refusal ends it, and names who refused it and why', () => {
  const scene = new Scene();
  scene.step();
  const reasons: Reason[] = [{ code: 'CompileFailed', message: 'no such filter', pointer: '/route/a' }];
  scene.change(scene.chosen[0]!, { refusal: reasons });
  expect(scene.step()).toEqual({
    kind: 'end',
    phase: 'Refused',
    reason: 'Refused',
    message: `${scene.chosen[0]} refused it: /route/a no such filter`,
    reasons,
  });
});

test('a worker that crashes with it ends it, unless workers crash without it just as well', () => {
  const scene = new Scene();
  scene.serve();
  scene.report(scene.chosen[0]!, 0, 0, 1);
  expect(scene.step()).toMatchObject({ phase: 'RolledBack', reason: 'WorkerCrashed' });
  const everywhere = new Scene();
  everywhere.serve();
  everywhere.report(everywhere.others[0]!, 0, 0, 1);
  everywhere.report(everywhere.chosen[0]!, 0, 0, 1);
  expect(everywhere.step()).toBeUndefined();
});

test('an instance that is lost is replaced; the second one ends it, where no others are lost', () => {
  const scene = new Scene();
  scene.serve();
  const [first] = scene.chosen;
  scene.fleet.delete(first!);
  scene.step();
  scene.step(15_000);
  expect(scene.chosen).toEqual([first]);
  scene.step(15_000);
  scene.step();
  expect(scene.chosen).not.toEqual([first]);
  scene.serve();
  const [second] = scene.chosen;
  scene.fleet.delete(second!);
  scene.step();
  scene.join(second!);
  expect(scene.step()).toMatchObject({ phase: 'RolledBack', reason: 'InstancesLost' });
});

test('instances that are lost everywhere, or that drain, say nothing about it', () => {
  const scene = new Scene({ instances: 6 });
  for (let round = 0; round < 2; round++) {
    scene.serve();
    const [other, canary] = [scene.others[0]!, scene.chosen[0]!];
    scene.fleet.delete(other);
    scene.fleet.delete(canary);
    scene.step();
    scene.join(canary);
    scene.step();
  }
  expect(scene.outcome).toBeUndefined();
  const draining = new Scene();
  for (let round = 0; round < 3; round++) {
    draining.serve();
    draining.change(draining.chosen[0]!, { draining: true, eligible: false });
    draining.step();
  }
  expect(draining.outcome).toBeUndefined();
  expect(draining.chosen).toHaveLength(1);
});

test('those that try it already go first, as after a change of leaders, and others are not chosen beside them', () => {
  const scene = new Scene({ instances: 6 });
  scene.change('i5', { tries: true });
  scene.step();
  expect(scene.chosen).toEqual(['i5']);
});

test('after a change of leaders those that come back with it keep it, all of them, and nobody is added until then', () => {
  const scene = new Scene({ instances: 6 });
  scene.rollout.adopt('i2', scene.now);
  scene.rollout.adopt('i3', scene.now);
  for (const name of ['i2', 'i3']) scene.change(name, { tries: true });
  scene.step();
  expect(scene.chosen).toEqual(['i2', 'i3']);
  scene.stage();
  scene.rollout.adopt('i4', scene.now);
  expect(scene.rollout.isFor('i4')).toBe(false);
});

test('without an instance that could try it nothing is decided, however long that lasts', () => {
  const scene = new Scene({ instances: 3 });
  for (const name of scene.fleet.keys()) scene.change(name, { eligible: false });
  expect(scene.step(1_000_000)).toBeUndefined();
  expect(scene.rollout.story.reason).toBe('WaitingForInstances');
  scene.change('i2', { eligible: true });
  scene.step();
  expect(scene.chosen).toEqual(['i2']);
});
