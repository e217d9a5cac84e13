import type { ConfigRevision } from '@holdfast/api/config-revision.ts';
import type { LightInstance } from '@holdfast/controlplane/fixtures/light-instance.ts';
import { SCHEMA_LEVEL } from '@holdfast/protocol/configuration/levels.ts';
import type { RevisionId } from '@holdfast/protocol/revision/revision.ts';
import { eventually } from '../harness/eventually.ts';
import { Cluster } from './fixtures/cluster.ts';
import { BACKENDS, routes } from './fixtures/documents.ts';
import { Replica } from './fixtures/replica.ts';

const TIMEOUT_MS = 120_000;
const PROGRESSIVE = { rollout: { strategy: 'Progressive', soak: '1s', steps: [50] } };

let cluster: Cluster;
let replicas: Replica[];
let fleet: Trier[];

beforeAll(async () => {
  cluster = await Cluster.start();
}, TIMEOUT_MS);
afterAll(() => cluster.close(), TIMEOUT_MS);
beforeEach(async () => {
  replicas = [];
  fleet = [];
  await cluster.useNewNamespace();
  await cluster.createDataPlane();
});
afterEach(async () => {
  for (const trier of fleet) trier.stop();
  await Promise.all(replicas.map((replica) => replica.close()));
});

/** An instance that takes what it is sent as a real one does, and reports twice a second. */
class Trier {
  readonly name: string;
  #instance: LightInstance | undefined;
  #timer: NodeJS.Timeout | undefined;
  have: RevisionId | undefined;
  trial: RevisionId | undefined;
  /** Every revision that it served, once for each time it began to. */
  readonly served: number[] = [];
  /** Sequence whose requests fail. */
  failing = 0;

  constructor(name: string) {
    this.name = name;
  }

  get serves(): number | undefined {
    return (this.trial ?? this.have)?.sequence;
  }

  async join(replica: Replica, schemaLevel: number = SCHEMA_LEVEL): Promise<void> {
    const known = { ...(this.have && { have: this.have }), ...(this.trial && { trial: this.trial }) };
    this.#instance = await replica.join({ instance: this.name, schemaLevel, ...known });
    this.#report();
    this.#timer = setInterval(() => {
      this.#take();
      this.#report();
    }, 250);
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#instance?.socket.terminate();
  }

  #take(): void {
    for (const message of this.#instance!.received.splice(0)) {
      if (message.type !== 'snapshot' && message.type !== 'delta' && message.type !== 'current') continue;
      const id = message.type === 'delta' ? message.to : message.revision;
      const before = this.serves;
      if (message.confirmByMs !== undefined) this.trial = id;
      else [this.have, this.trial] = [id, undefined];
      if (this.serves !== before) this.served.push(id.sequence);
      this.#instance!.ack(id);
    }
  }

  #report(): void {
    const revision = this.trial ?? this.have;
    const requests = { total: 100, failed: revision?.sequence === this.failing ? 60 : 0 };
    const workers = { desired: 2, serving: 2 };
    const revisions = revision === undefined ? [] : [{ revision, requests, workerCrashes: 0 }];
    const health = { ready: true, degraded: false, draining: false, workers, requests };
    this.#instance!.send({ type: 'report', ...health, revisions });
  }
}

async function lead(): Promise<Replica> {
  const replica = await Replica.start(cluster);
  replicas.push(replica);
  await replica.untilLeading();
  return replica;
}

/** Four instances that serve revision 1. */
async function fleetOn(replica: Replica): Promise<Trier[]> {
  fleet = ['a', 'b', 'c', 'd'].map((name) => new Trier(name));
  await publish('a');
  for (const trier of fleet) await trier.join(replica);
  await untilAllServe(1);
  return fleet;
}

async function publish(...names: string[]): Promise<void> {
  await cluster.writeConfigMap('one', { 'a.yaml': routes(...names) + BACKENDS });
}

function untilAllServe(sequence: number): Promise<boolean> {
  return eventually(
    `all serve ${sequence} for good`,
    () => {
      const done = fleet.every(({ have, trial }) => have?.sequence === sequence && trial === undefined);
      if (done) return true;
      throw new Error(JSON.stringify(fleet.map(({ have, trial }) => [have?.sequence, trial?.sequence])));
    },
    { timeoutMs: 40_000 },
  );
}

function untilPhase(sequence: number, phase: string): Promise<ConfigRevision> {
  return eventually(
    `revision ${sequence} is ${phase}`,
    async () => {
      const revision = (await cluster.revisions()).find(({ spec }) => spec.sequence === sequence);
      if (revision?.status?.phase === phase) return revision;
      throw new Error(JSON.stringify(revision?.status));
    },
    { timeoutMs: 40_000 },
  );
}

test(
  'a revision whose requests fail reaches the canary only, which goes back; status, Event and metric tell it; it is tried again when the documents have changed',
  async () => {
    await cluster.configure(PROGRESSIVE);
    const replica = await lead();
    await fleetOn(replica);
    for (const trier of fleet) trier.failing = 2;
    await publish('a', 'bad');
    const { status } = await untilPhase(2, 'RolledBack');
    await untilAllServe(1);
    expect(fleet.filter(({ served }) => served.includes(2))).toHaveLength(1);
    expect(status).toMatchObject({ reason: 'TooManyErrors', served: expect.stringMatching(/^[01]/) });
    expect(status!.message).toMatch(/^60\.0% of \d+ requests answered 5xx with it, 0\.0% of \d+ requests/);
    const event = await eventually('the Event', async () => {
      return (await cluster.events()).find(({ reason }) => reason === 'RevisionRolledBack');
    });
    expect(event).toMatchObject({ type: 'Warning', regarding: { kind: 'DataPlane', name: 'edge' } });
    expect(event.note).toContain('edge-2: TooManyErrors: 60.0%');
    const metrics = await (await replica.get('/metrics')).text();
    expect(metrics).toMatch(/rollouts_total\{data_plane="[^"]+",outcome="rolled_back"\} 1\n/);
    const condition = await eventually('the condition', async () => {
      const found = await cluster.accepted();
      return found?.reason === 'RolledBack' && found;
    });
    expect(condition.message).toContain('revision 1 goes on: revision 2: TooManyErrors');

    // The same content, written again, and then by another leader.
    await cluster.writeConfigMap('one', { 'b.yaml': routes('a', 'bad') + BACKENDS });
    replicas = [];
    await replica.close();
    const after = await lead();
    for (const trier of fleet) {
      trier.stop();
      await trier.join(after);
    }
    await eventually(
      'the condition of the new leader',
      async () => (await cluster.accepted())?.reason === 'RolledBack',
    );
    expect(await cluster.revisions()).toHaveLength(2);

    await publish('a', 'good');
    await untilAllServe(3);
    await publish('a', 'bad');
    await untilAllServe(4);
  },
  TIMEOUT_MS,
);

test(
  'a good one is tried by one, by half, and is then promoted for all; what is published meanwhile waits and comes as one',
  async () => {
    await cluster.configure(PROGRESSIVE);
    await fleetOn(await lead());
    await publish('a', 'b');
    const { status } = await untilPhase(2, 'Canary');
    expect(status!.reason).toMatch(/Applying|Soaking|WaitingForInstances/);
    expect((await cluster.accepted())?.reason).toBe('RollingOut');
    expect((await cluster.dataPlane()).status?.revision?.sequence).toBe(1);
    await publish('a', 'b', 'c');
    await publish('a', 'b', 'c', 'd');
    await untilPhase(2, 'Promoting');
    await untilAllServe(3);
    expect((await untilPhase(3, 'Active')).status).toMatchObject({ reason: 'Promoted' });
    await eventually('all instances are counted', async () => {
      return (await untilPhase(3, 'Active')).status?.served === '4/4';
    });
    expect(await cluster.revisions()).toHaveLength(3);
    await untilPhase(2, 'Superseded');
  },
  TIMEOUT_MS,
);

test(
  'documents that go back to what serves end a rollout, and so does a pin, which goes to all at once',
  async () => {
    const slow = { strategy: 'Progressive', soak: '1h' };
    await cluster.configure({ rollout: slow });
    await fleetOn(await lead());
    await publish('a', 'b');
    await eventually('a canary', () => fleet.some(({ trial }) => trial?.sequence === 2));
    await publish('a');
    await untilAllServe(1);
    expect((await untilPhase(2, 'Superseded')).status?.reason).toBe('Withdrawn');
    await publish('a', 'b', 'c');
    await eventually('a canary', () => fleet.some(({ trial }) => trial?.sequence === 3));
    await cluster.configure({ rollout: slow, pinnedRevision: 'edge-2' });
    await untilAllServe(4);
    expect((await cluster.accepted())?.reason).toBe('Pinned');
  },
  TIMEOUT_MS,
);

test(
  'another leader goes on with a rollout: the canary keeps what it tries, and it ends promoted everywhere',
  async () => {
    await cluster.configure({ rollout: { ...PROGRESSIVE.rollout, soak: '5s' } });
    const first = await lead();
    await fleetOn(first);
    await publish('a', 'b');
    const canary = await eventually('a canary', () => fleet.find(({ trial }) => trial?.sequence === 2));
    await untilPhase(2, 'Canary');
    replicas = [];
    for (const trier of fleet) trier.stop();
    await first.close();
    const second = await lead();
    await canary.join(second);
    for (const trier of fleet) if (trier !== canary) await trier.join(second);
    await untilAllServe(2);
    expect(canary.served).toEqual([1, 2]);
    await untilPhase(2, 'Active');
  },
  TIMEOUT_MS,
);

test(
  'I10: an instance that knows no trials is never given one, and gets what is promoted',
  async () => {
    await cluster.configure(PROGRESSIVE);
    const replica = await lead();
    await fleetOn(replica);
    const older = new Trier('older');
    fleet.push(older);
    await older.join(replica, SCHEMA_LEVEL - 1);
    await untilAllServe(1);
    await publish('a', 'b');
    await eventually('more than the canary try it', () => fleet.filter(({ trial }) => trial).length > 1);
    expect(older.serves).toBe(1);
    await untilAllServe(2);
    expect(older.served).toEqual([1, 2]);
  },
  TIMEOUT_MS,
);

test(
  'below three instances, and where the DataPlane says so, a revision goes to all at once',
  async () => {
    await cluster.configure({ rollout: { strategy: 'AllAtOnce', soak: '1h' } });
    await fleetOn(await lead());
    await publish('a', 'b');
    await untilAllServe(2);
    expect((await untilPhase(2, 'Active')).status?.reason).toBe('AllAtOnce');
  },
  TIMEOUT_MS,
);
