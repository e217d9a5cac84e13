import { randomBytes } from 'node:crypto';
import { BOOTSTRAP_SECRET_TYPE, bootstrapSecretName } from '@holdfast/api/bootstrap-secret.ts';
import { ColdStart } from '@holdfast/controlplane/bootstrap/cold-start.ts';
import { SECRETS, type Secret } from '@holdfast/controlplane/kubernetes/objects.ts';
import { ControlPlaneMetrics } from '@holdfast/controlplane/metrics/metrics.ts';
import { RetainedRevision } from '@holdfast/controlplane/revisions/history.ts';
import { EventRecorder } from '@holdfast/kube/events/event-recorder.ts';
import {
  BOOTSTRAP_PARTS,
  MAX_PART_BYTES,
  partName,
  unpackBootstrap,
} from '@holdfast/protocol/bootstrap/bootstrap.ts';
import type { EndpointsFact } from '@holdfast/protocol/facts/facts.ts';
import { hashResources } from '@holdfast/protocol/revision/hash.ts';
import { resourceSet } from '@holdfast/protocol/revision/resource-set.ts';
import { pino } from 'pino';
import { eventually } from '../harness/eventually.ts';
import { Cluster } from './fixtures/cluster.ts';
import { BACKENDS, routes, serviceBackend } from './fixtures/documents.ts';
import { Replica } from './fixtures/replica.ts';

const TIMEOUT_MS = 180_000;
const NOTHING = () => undefined;

let cluster: Cluster;
let replicas: Replica[];

beforeAll(async () => {
  cluster = await Cluster.start();
}, TIMEOUT_MS);
afterAll(() => cluster.close(), TIMEOUT_MS);
beforeEach(async () => {
  replicas = [];
  await cluster.useNewNamespace();
});
afterEach(() => Promise.all(replicas.map((replica) => replica.close())));

async function lead(): Promise<Replica> {
  const replica = await Replica.start(cluster);
  replicas.push(replica);
  await replica.untilLeading();
  return replica;
}

function nameOf(part: number): { namespace: string; name: string } {
  return { namespace: cluster.namespace, name: bootstrapSecretName('edge', part) };
}

function secrets(): Promise<(Secret | undefined)[]> {
  const parts = Array.from({ length: BOOTSTRAP_PARTS }, (_, part) => part);
  return Promise.all(parts.map((part) => cluster.server.client.find<Secret>(SECRETS, nameOf(part))));
}

/** As a pod that starts now reads them. */
async function read() {
  const parts = (await secrets()).map((secret, part) => {
    const text = secret?.data?.[partName(part)];
    return text === undefined ? undefined : Buffer.from(text, 'base64');
  });
  return await unpackBootstrap(parts, { dataPlane: `${cluster.namespace}/edge`, schemaLevel: 2 });
}

/** Resolves when the Secrets hold the revision of this sequence, or one after it. */
async function untilKept(sequence: number) {
  return await eventually(
    `revision ${sequence} to be kept`,
    async () => {
      const content = await read().catch(() => undefined);
      return content !== undefined && content.revision.id.sequence >= sequence && content;
    },
    { timeoutMs: 30_000 },
  );
}

function condition(status: string) {
  return eventually(
    `ColdStartReady to be ${status}`,
    async () => {
      const { status: seen } = await cluster.dataPlane();
      const found = seen?.conditions?.find(({ type }) => type === 'ColdStartReady');
      return found?.status === status && found;
    },
    { timeoutMs: 30_000 },
  );
}

/** Texts that compress to about three quarters of this. */
function largeRoutes(bytes: number, name: string): string {
  const lines = Array.from({ length: Math.ceil(bytes / 1_000) }, (_, index) => {
    const values = Array.from(
      { length: 4 },
      (_, at) => `{name: x-${at}, value: ${randomBytes(185).toString('base64url')}}`,
    );
    const filter = `{type: RequestHeaderModifier, requestHeaderModifier: {set: [${values.join(', ')}]}}`;
    return `  - {name: ${name}-${index}, filters: [${filter}], backendRefs: [{name: main}]}\n`;
  });
  return `routes:\n${lines.join('')}`;
}

test(
  'what is published is kept in a Secret that the DataPlane owns, with its facts, and no watch of a program holds it',
  async () => {
    const { metadata } = await cluster.createDataPlane();
    await cluster.writeService('orders', 80);
    await cluster.writeEndpoints('orders', 8080, ['10.1.0.1']);
    await cluster.writeConfigMap('one', { 'a.yaml': routes('a') + serviceBackend('orders', 80) });
    await lead();
    const { revision, facts } = await untilKept(1);
    expect(revision.id).toEqual((await cluster.dataPlane()).status?.revision);
    expect([...revision.resources.keys()].sort()).toEqual(['backend/main', 'route/a']);
    expect(facts[0]!.value.endpoints).toEqual([{ address: '10.1.0.1', port: 8080, zone: 'zone-a' }]);
    const [first, ...others] = await secrets();
    expect(others).toEqual([undefined, undefined, undefined]);
    expect((first as unknown as { type: string }).type).toBe(BOOTSTRAP_SECRET_TYPE);
    expect(first!.metadata.ownerReferences).toEqual([
      expect.objectContaining({ uid: metadata.uid, controller: true, blockOwnerDeletion: false }),
    ]);
    expect(first!.metadata.labels).not.toHaveProperty('holdfast.dev/data-plane');
    expect(await condition('True')).toMatchObject({ reason: 'Kept', observedGeneration: 1 });
  },
  TIMEOUT_MS,
);

test(
  'many changes in a row are few writes, at least 10 s apart, and the last one stays',
  async () => {
    await cluster.createDataPlane();
    await cluster.writeConfigMap('one', { 'a.yaml': routes('a') + BACKENDS });
    await lead();
    await untilKept(1);
    const begun = performance.now();
    let last = 1;
    for (let change = 2; performance.now() - begun < 8_000; change++) {
      await cluster.writeConfigMap('one', { 'a.yaml': routes('a', `b-${change}`) + BACKENDS });
      last = await eventually('it to be published', async () => {
        const sequence = (await cluster.dataPlane()).status?.revision?.sequence ?? 0;
        return sequence > last && sequence;
      });
      expect((await read()).revision.id.sequence).toBe(1);
    }
    expect(last).toBeGreaterThan(5);
    expect((await untilKept(2)).revision.id.sequence).toBe(last);
    expect(performance.now() - begun).toBeGreaterThan(9_000);
  },
  TIMEOUT_MS,
);

test(
  'a configuration that is too large for one Secret stands in several, and those too many are deleted when it shrinks',
  async () => {
    await cluster.createDataPlane();
    // A ConfigRevision holds a megabyte; that instances of schema level 1 see another one is what makes the bootstrap larger.
    const backends = BACKENDS.replace('name: main,', 'name: main, loadBalancing: {policy: RoundRobin},');
    await cluster.writeConfigMap('one', { 'a.yaml': largeRoutes(800_000, 'a') + backends });
    await lead();
    await untilKept(1);
    await eventually('two parts', async () => (await secrets())[1] !== undefined);
    for (const secret of (await secrets()).slice(0, 2)) {
      const [text] = Object.values(secret!.data!);
      expect(Buffer.from(text!, 'base64').length).toBeLessThanOrEqual(MAX_PART_BYTES + 1_000);
    }
    await cluster.writeConfigMap('one', { 'a.yaml': routes('a') + BACKENDS });
    await untilKept(2);
    await eventually('the second to be deleted', async () => (await secrets())[1] === undefined);
  },
  TIMEOUT_MS,
);

test(
  'a set that belongs to two writings, as one that died between them leaves it, is mended by the next leader',
  async () => {
    await cluster.createDataPlane();
    await cluster.writeConfigMap('one', { 'a.yaml': routes('a') + BACKENDS });
    const before = await lead();
    await untilKept(1);
    await before.close();
    replicas = [];
    const data = { [partName(0)]: Buffer.from('cut off').toString('base64') };
    await cluster.server.client.mergePatch(SECRETS, nameOf(0), { data }, { fieldManager: 'e2e' });
    await lead();
    expect((await untilKept(1)).revision.id.sequence).toBe(1);
  },
  TIMEOUT_MS,
);

test(
  'a Secret of that name that is someone else stays untouched, and condition and Event say so',
  async () => {
    await cluster.createDataPlane();
    const { name, namespace } = nameOf(0);
    const secret = {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name, namespace },
      data: { mine: 'bWluZQ==' },
    };
    await cluster.server.client.create(SECRETS, secret as Secret, { fieldManager: 'e2e' });
    await cluster.writeConfigMap('one', { 'a.yaml': routes('a') + BACKENDS });
    const replica = await lead();
    const { reason, message } = await condition('False');
    expect([reason, message]).toEqual(['Unwritten', expect.stringContaining('belongs to someone else')]);
    expect((await secrets())[0]!.data).toEqual({ mine: 'bWluZQ==' });
    const events = await eventually('the Event', async () => {
      const found = (await cluster.events()).filter((event) => event.reason === 'BootstrapUnwritten');
      return found.length > 0 && found;
    });
    expect(events[0]).toMatchObject({ type: 'Warning', regarding: { kind: 'DataPlane', name: 'edge' } });
    expect(await (await replica.get('/metrics')).text()).toMatch(
      /^holdfast_controlplane_bootstrap_failures_total\{reason="Unwritten"\} [1-9]/m,
    );
    expect(await cluster.accepted()).toMatchObject({ status: 'True' });
  },
  TIMEOUT_MS,
);

test(
  'what does not fit into all Secrets is said, and they keep what was there before',
  async () => {
    const dataPlane = await cluster.createDataPlane();
    const { client } = cluster.server;
    const reporter = { controller: 'holdfast.dev/controlplane', instance: 'e2e' };
    const events = new EventRecorder({ client, reporter });
    const metrics = new ControlPlaneMetrics();
    const timing = { revisionMs: 10, factsMs: 10, lookMs: 60_000 };
    const coldStart = new ColdStart({
      ...{ client, fieldManager: 'e2e', dataPlane, events, schemaLevel: 2, metrics, timing },
      log: pino({ level: 'silent' }),
      onCondition: NOTHING,
    });
    const resources = resourceSet([]);
    const id = { lineage: dataPlane.metadata.uid, sequence: 1, hash: hashResources(resources) };
    const revision = new RetainedRevision({ id, resources, createdAt: '' });
    coldStart.keep(revision, []);
    await untilKept(1);
    const facts = Array.from({ length: 30_000 }, (_, index): EndpointsFact => {
      const version = randomBytes(144).toString('base64');
      return { kind: 'endpoints', name: `s-${index}:80`, version, value: { endpoints: [] } };
    });
    coldStart.keep(new RetainedRevision({ id: { ...id, sequence: 2 }, resources, createdAt: '' }), facts);
    const said = await eventually('it to be said', () => {
      const report = coldStart.condition(1);
      return report?.reason === 'TooLarge' && report;
    });
    expect(said).toMatchObject({ status: 'False', message: expect.stringContaining('allowed are 4000000') });
    expect((await read()).revision.id.sequence).toBe(1);
    await coldStart.close();
    await events.stop(1_000);
    expect((await cluster.events()).map(({ reason }) => reason)).toContain('BootstrapTooLarge');
  },
  TIMEOUT_MS,
);
