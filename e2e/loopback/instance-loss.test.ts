/** Scenario h: an instance behind a load balancer is killed. */
import { expectComplete, failureLine, loadFigures } from '../harness/account.ts';
import { markedDocument } from '../harness/configuration-file.ts';
import { eventually, Mark } from '../harness/eventually.ts';
import { explains } from '../harness/kill.ts';
import { allServe } from '../harness/marker.ts';
import { scenario } from '../harness/scenario.ts';

const OUT_WITHIN_MS = 3_000;

scenario(
  'an instance of three that is killed is out within 3 s, and lost are at most requests in flight on it',
  async (stage, figures) => {
    const backend = await stage.backend();
    stage.configuration.write(markedDocument('1', [backend.port]));
    const controlPlane = await stage.controlPlane();
    await controlPlane.start();
    const instances = [];
    for (const name of ['one', 'two', 'three']) {
      instances.push(await stage.instance({ name, controlPlanes: [controlPlane.streamUrl] }));
    }
    await Promise.all(instances.map((instance) => instance.start()));
    await allServe(instances, '1', { timeoutMs: 20_000 });
    const balancer = await stage.loadBalancer(instances);
    await eventually('HAProxy has all three', async () =>
      (await balancer.serverStates()).every((state) => state === 'UP'),
    );
    const load = await stage.load({ target: balancer.url, rate: 150 });
    await eventually('slow requests are under way', () => (load.seconds.at(-1)?.inFlight ?? 0) > 6);

    const inFlight = load.seconds.at(-1)!.inFlight;
    const killed = new Mark();
    const killedAt = Date.now();
    await instances[1]!.kill();
    await balancer.serverIs(2, 'DOWN');
    const outMs = killed.elapsedMs();
    await instances[1]!.start();
    await balancer.serverIs(2, 'UP');
    const backMs = killed.elapsedMs();
    await killed.reach(backMs + 3_000);

    const report = await load.stop();
    figures({ ...loadFigures(report), inFlightBefore: inFlight, out: `${outMs}ms`, back: `${backMs}ms` });
    expect(outMs).toBeLessThan(OUT_WITHIN_MS);
    expectComplete(report);
    const kill = { server: 'instance-2', at: killedAt };
    const notInFlightThere = report.failures.filter((failure) => !explains(kill, failure));
    expect(notInFlightThere.map(failureLine)).toEqual([]);
  },
);
