/** Scenario k: endpoints that are ill, each in its way, under load. */
import type { Backend, ConfigurationDocument } from '@holdfast/protocol/configuration/types.ts';
import { expectComplete, expectNothingLost, failureLine, loadFigures } from '../harness/account.ts';
import type { BackendProcess } from '../harness/backend-process.ts';
import { echoBackend, markedDocument } from '../harness/configuration-file.ts';
import { eventually } from '../harness/eventually.ts';
import type { InstanceProcess } from '../harness/instance-process.ts';
import { allServe } from '../harness/marker.ts';
import { scenario } from '../harness/scenario.ts';
import type { Stage } from '../harness/stage.ts';

const RATE = 200;
/** Answers that show who is in use: of three endpoints none is left out of so many by chance. */
const ANSWERS = 40;

const ACTIVE = { path: '/healthz', interval: '200ms', healthyThreshold: 2, unhealthyThreshold: 2 };
const PASSIVE = { consecutiveErrors: 3, baseEjection: '1s', maxEjection: '2s' };

/** Three backends, an instance that serves them, and a load. */
async function underLoad(stage: Stage, fields: Omit<Backend, 'name'>, retry = {}) {
  const backends: BackendProcess[] = [];
  for (const name of ['a', 'b', 'c']) backends.push(await stage.backend(name));
  const [a, b, c] = backends as [BackendProcess, BackendProcess, BackendProcess];
  const { routes } = markedDocument('1', []);
  const document: ConfigurationDocument = {
    routes: routes!.map((route) => ({ ...route, ...retry })),
    backends: [{ ...echoBackend(backends.map(({ port }) => port)), ...fields }],
  };
  stage.configuration.write(document);
  const controlPlane = await stage.controlPlane();
  await controlPlane.start();
  const instance = await stage.instance({ name: 'edge', controlPlanes: [controlPlane.streamUrl] });
  await instance.start();
  await allServe([instance], '1', { timeoutMs: 20_000 });
  const load = await stage.load({ target: instance.url, rate: RATE, slowEvery: 0 });
  return { a, b, c, backends, instance, load };
}

/** Names of the backends that answer now. */
async function inUse(instance: InstanceProcess): Promise<string> {
  const answers = await Promise.all(Array.from({ length: ANSWERS }, () => instance.get()));
  return [...new Set(answers.map(({ headers }) => String(headers['backend-name'])))].sort().join('');
}

function isInUse(instance: InstanceProcess, names: string): Promise<true> {
  return eventually(`in use are ${names}`, async () => {
    const found = await inUse(instance);
    if (found === names) return true as const;
    throw new Error(`in use are ${found}`);
  });
}

const unhealthy = (instance: InstanceProcess) =>
  instance.metric('holdfast_backend_unhealthy_endpoints{backend="echo"}');

scenario(
  'an endpoint that fails its health checks is out until it is well, all are used when all fail, and no request is lost',
  async (stage, figures) => {
    const { a, b, c, instance, load } = await underLoad(stage, { healthCheck: { active: ACTIVE } });
    await isInUse(instance, 'abc');
    await a.answerWith({ health: 503 });
    await isInUse(instance, 'bc');
    expect(await unhealthy(instance)).toBe(1);

    await b.answerWith({ health: 503 });
    await isInUse(instance, 'c');

    await c.answerWith({ health: 503 });
    await isInUse(instance, 'abc');
    expect(await unhealthy(instance)).toBe(3);

    for (const backend of [a, b, c]) await backend.answerWith({ health: 200 });
    await eventually('none is unhealthy', async () => (await unhealthy(instance)) === undefined);
    await isInUse(instance, 'abc');
    const report = await load.stop();
    figures(loadFigures(report));
    expectNothingLost(report);
  },
);

scenario(
  'an endpoint that answers with errors is ejected by all workers and comes back when it is well',
  async (stage, figures) => {
    const retry = { retry: { attempts: 2, codes: [503], backoff: '10ms' } };
    const { b, instance, load } = await underLoad(stage, { healthCheck: { passive: PASSIVE } }, retry);
    await isInUse(instance, 'abc');
    await b.answerWith({ status: 503 });
    await isInUse(instance, 'ac');
    await eventually(
      'it was ejected again after its first ejection, which both workers may have found due',
      async () => {
        const ejections = await instance.metric('holdfast_backend_ejections_total{backend="echo"}');
        return (ejections ?? 0) >= 3;
      },
    );
    await b.answerWith({ status: 200 });
    await isInUse(instance, 'abc');
    const report = await load.stop();
    const retries = (await instance.metric('holdfast_backend_retries_total{backend="echo"}')) ?? 0;
    figures({ ...loadFigures(report), retries });
    expectComplete(report);
    expect(retries).toBeGreaterThan(0);
    // A POST is not repeated: each worker may pass a few answers on before each ejection.
    const repeatable = report.failures.filter(({ method }) => method !== 'POST');
    expect(repeatable.map(failureLine)).toEqual([]);
    expect(report.failures.every(({ status }) => status === 503)).toBe(true);
    expect(report.failed).toBeLessThan(20);
  },
);

scenario(
  'where every endpoint answers with errors as many are used as may be, and clients get the answers of the backends',
  async (stage, figures) => {
    const { backends, instance, load } = await underLoad(stage, { healthCheck: { passive: PASSIVE } });
    await isInUse(instance, 'abc');
    for (const backend of backends) await backend.answerWith({ status: 500 });
    await eventually('one is out', async () => (await inUse(instance)).length === 2);
    const answer = await instance.get();
    expect([answer.status, answer.headers['holdfast-reason']]).toEqual([500, undefined]);
    for (const backend of backends) await backend.answerWith({ status: 200 });
    await isInUse(instance, 'abc');
    const report = await load.stop();
    figures(loadFigures(report));
    expectComplete(report);
    expect(report.failures.every(({ status }) => status === 500)).toBe(true);
  },
);
