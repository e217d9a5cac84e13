/** Scenario b: the control plane is lost for a minute in four ways, side by side, each with programs of its own. */
import { expectNothingLost, loadFigures } from '../harness/account.ts';
import { markedDocument } from '../harness/configuration-file.ts';
import type { ControlPlaneProcess } from '../harness/control-plane-process.ts';
import { Mark } from '../harness/eventually.ts';
import type { FaultProxy } from '../harness/fault-proxy.ts';
import type { InstanceProcess } from '../harness/instance-process.ts';
import { allServe, servedMarker } from '../harness/marker.ts';
import { concurrentScenario, type Figures } from '../harness/scenario.ts';
import type { Stage } from '../harness/stage.ts';

const OUTAGE_MS = 60_000;
/** A silent peer is given up after 15 s; a ping interval more. */
const NOTICED_WITHIN_MS = 25_000;
const CONVERGED_WITHIN_MS = 15_000;
const LOOK_EVERY_MS = 500;

interface Fault {
  what: string;
  begin(controlPlane: ControlPlaneProcess, relay: FaultProxy): Promise<void> | void;
  end(controlPlane: ControlPlaneProcess, relay: FaultProxy): Promise<void> | void;
}

const FAULTS: Fault[] = [
  {
    what: 'killed (SIGKILL)',
    begin: (controlPlane) => controlPlane.kill(),
    end: (controlPlane) => controlPlane.start(),
  },
  {
    what: 'stopped (SIGSTOP)',
    begin: (controlPlane) => controlPlane.program.signal('SIGSTOP'),
    end: (controlPlane) => controlPlane.program.signal('SIGCONT'),
  },
  { what: 'behind a black hole', begin: (_, relay) => relay.blackHole(), end: (_, relay) => relay.restore() },
  {
    what: 'behind half-open connections',
    begin: (_, relay) => relay.halfOpen(),
    end: (_, relay) => relay.restore(),
  },
];

for (const fault of FAULTS) {
  concurrentScenario(
    `I1: a control plane ${fault.what} for a minute costs no request and no readiness`,
    (stage, figures) => outage(fault, stage, figures),
    OUTAGE_MS + 120_000,
  );
}

async function outage(fault: Fault, stage: Stage, figures: Figures): Promise<void> {
  const backend = await stage.backend();
  stage.configuration.write(markedDocument('before', [backend.port]));
  const controlPlane = await stage.controlPlane();
  await controlPlane.start();
  const relay = await stage.faultProxy(controlPlane.options.streamPort);
  const controlPlanes = [`ws://127.0.0.1:${relay.port}`];
  const steady = await stage.instance({ name: 'steady', controlPlanes });
  const restarted = await stage.instance({ name: 'restarted', controlPlanes, workers: 1 });
  await Promise.all([steady.start(), restarted.start()]);
  await allServe([steady, restarted], 'before', { timeoutMs: 30_000 });
  await Promise.all(
    [steady, restarted].map((instance) =>
      instance.statusThat('connected', (status) => status.controlPlane.connected),
    ),
  );
  const load = await stage.load({ target: steady.url, rate: 40 });

  const begun = new Mark();
  const begunAt = Date.now();
  await fault.begin(controlPlane, relay);
  const lost = await steady.statusThat('says disconnected', (status) => !status.controlPlane.connected, {
    timeoutMs: NOTICED_WITHIN_MS,
  });
  const noticedMs = begun.elapsedMs();
  expect(Date.parse(lost.controlPlane.since)).toBeGreaterThanOrEqual(begunAt - 1_000);
  expect(await steady.metric('holdfast_control_plane_connected')).toBe(0);

  stage.configuration.write(markedDocument('after', [backend.port]));
  const readyFromDiskMs = await comesBackFromDisk(restarted);
  const looks = await staysReady(steady, begun);
  expect((await steady.status()).controlPlane).toMatchObject({
    connected: false,
    since: lost.controlPlane.since,
  });

  await fault.end(controlPlane, relay);
  const ended = new Mark();
  await allServe([steady, restarted], 'after', { timeoutMs: CONVERGED_WITHIN_MS });
  const convergedMs = ended.elapsedMs();
  expect(await steady.status()).toMatchObject({ ready: true, revision: { sequence: 2, origin: 'stream' } });
  await steady.statusThat('says connected', (status) => status.controlPlane.connected);

  const report = await load.stop();
  figures({
    ...loadFigures(report),
    noticed: `${noticedMs}ms`,
    readyFromDisk: `${readyFromDiskMs}ms`,
    readyLooks: looks,
    converged: `${convergedMs}ms`,
  });
  expectNothingLost(report);
}

/** Killed while the control plane is away, an instance serves again with what it had. */
async function comesBackFromDisk(instance: InstanceProcess): Promise<number> {
  await instance.kill();
  const mark = new Mark();
  await instance.start();
  await instance.ready({ timeoutMs: 20_000 });
  const readyMs = mark.elapsedMs();
  expect(await instance.status()).toMatchObject({
    ready: true,
    revision: { origin: 'disk' },
    controlPlane: { connected: false },
  });
  expect(await servedMarker(instance)).toBe('before');
  return readyMs;
}

/** Looks until the outage is over; the number of looks. */
async function staysReady(instance: InstanceProcess, begun: Mark): Promise<number> {
  let looks = 0;
  while (begun.elapsedMs() < OUTAGE_MS) {
    expect(await instance.isReady()).toBe(true);
    looks += 1;
    await begun.reach(Math.min(OUTAGE_MS, begun.elapsedMs() + LOOK_EVERY_MS));
  }
  return looks;
}
