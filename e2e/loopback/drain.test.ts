/** Scenario f: an instance is told to end, or loses a worker, under load. */
import { WebSocket } from 'ws';
import { expectComplete, expectNothingLost, failureLine, loadFigures } from '../harness/account.ts';
import { markedDocument } from '../harness/configuration-file.ts';
import { eventually, Mark } from '../harness/eventually.ts';
import { allServe } from '../harness/marker.ts';
import { scenario } from '../harness/scenario.ts';

/** A worker that is being killed may still take a connection; the clocks of two processes are read a moment apart. */
const KILL_SLACK_MS = 100;

scenario(
  'I4: SIGTERM of one of two behind HAProxy under load loses no request, and it exits 0',
  async (stage, figures) => {
    const backend = await stage.backend();
    stage.configuration.write(markedDocument('1', [backend.port]));
    const controlPlane = await stage.controlPlane();
    await controlPlane.start();
    const controlPlanes = [controlPlane.streamUrl];
    const leaving = await stage.instance({ name: 'leaving', controlPlanes });
    const staying = await stage.instance({ name: 'staying', controlPlanes });
    await Promise.all([leaving.start(), staying.start()]);
    await allServe([leaving, staying], '1');
    const balancer = await stage.loadBalancer([leaving, staying]);
    await Promise.all([balancer.serverIs(1, 'UP'), balancer.serverIs(2, 'UP')]);
    const load = await stage.load({ target: balancer.url, rate: 100, slowEvery: 20 });
    await eventually('slow requests are under way', () => (load.seconds.at(-1)?.inFlight ?? 0) > 4);

    const told = new Mark();
    leaving.program.signal('SIGTERM');
    await leaving.statusThat('draining and not ready', ({ draining, ready }) => draining && !ready);
    const unreadyMs = told.elapsedMs();
    await balancer.serverIs(1, 'DOWN');
    const outMs = told.elapsedMs();
    const exit = await leaving.program.stop('SIGTERM', 40_000);
    const endedMs = told.elapsedMs();

    await leaving.start();
    await balancer.serverIs(1, 'UP');
    await told.reach(endedMs + 3_000);
    const report = await load.stop();
    figures({
      ...loadFigures(report),
      unready: `${unreadyMs}ms`,
      out: `${outMs}ms`,
      ended: `${endedMs}ms`,
      exit: String(exit.code),
    });
    expect(exit).toEqual({ code: 0, signal: null });
    expectNothingLost(report);
    expect(report.slow).toBeGreaterThan(20);
  },
  120_000,
);

scenario(
  'upgraded connections and endless streams live through a drain to its timeout, and it exits 0',
  async (stage, figures) => {
    const backend = await stage.backend();
    stage.configuration.write(markedDocument('1', [backend.port]));
    const controlPlane = await stage.controlPlane();
    await controlPlane.start();
    const instance = await stage.instance({
      name: 'instance',
      controlPlanes: [controlPlane.streamUrl],
      drainDelay: '1s',
      drainTimeout: '3s',
    });
    await instance.start();
    await allServe([instance], '1');
    const socket = new WebSocket(instance.url.replace('http', 'ws'));
    const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
    socket.on('error', () => {});
    const echoed = (text: string) =>
      new Promise<void>((resolve) => {
        socket.once('message', (data) => data.toString() === text && resolve());
        socket.send(text);
      });
    await new Promise((resolve) => socket.once('open', resolve));
    await echoed('before');

    const told = new Mark();
    instance.program.signal('SIGTERM');
    await instance.statusThat('draining', ({ draining }) => draining);
    await told.reach(2_000);
    await echoed('after the delay');
    await closed;
    const closedMs = told.elapsedMs();
    const exit = await instance.program.stop('SIGTERM', 10_000);
    figures({ closed: `${closedMs}ms`, ended: `${told.elapsedMs()}ms`, exit: String(exit.code) });
    expect(exit).toEqual({ code: 0, signal: null });
  },
);

scenario('kill -9 of a worker under load costs only the requests in flight on it', async (stage, figures) => {
  const backend = await stage.backend();
  stage.configuration.write(markedDocument('1', [backend.port]));
  const controlPlane = await stage.controlPlane();
  await controlPlane.start();
  const instance = await stage.instance({ name: 'instance', controlPlanes: [controlPlane.streamUrl] });
  await instance.start();
  await allServe([instance], '1');
  await instance.statusThat('two workers serve', ({ workers }) => workers.serving === 2);
  const load = await stage.load({ target: instance.url, rate: 100, slowEvery: 20 });
  await eventually('slow requests are under way', () => (load.seconds.at(-1)?.inFlight ?? 0) > 4);

  const inFlight = load.seconds.at(-1)!.inFlight;
  const mark = new Mark();
  const killedAt = Date.now();
  process.kill(instance.workerPids()[0]!, 'SIGKILL');
  await instance.statusThat('one worker is missing', ({ workers }) => workers.serving === 1);
  expect(await instance.isReady()).toBe(true);
  await instance.statusThat('two workers serve again', ({ workers }) => workers.serving === 2);
  const replacedMs = mark.elapsedMs();
  await mark.reach(replacedMs + 3_000);
  const report = await load.stop();
  figures({ ...loadFigures(report), inFlightBefore: inFlight, replaced: `${replacedMs}ms` });
  expectComplete(report);
  const sentLater = report.failures.filter(({ dueAt }) => dueAt > killedAt + KILL_SLACK_MS);
  expect(sentLater.map(failureLine)).toEqual([]);
});
