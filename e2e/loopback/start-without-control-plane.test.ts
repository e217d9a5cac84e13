/** Scenario a: instances that start before their control plane. */

import { markedDocument } from '../harness/configuration-file.ts';
import { Mark } from '../harness/eventually.ts';
import { freePort } from '../harness/free-port.ts';
import { servedMarker } from '../harness/marker.ts';
import { concurrentScenario } from '../harness/scenario.ts';

concurrentScenario(
  'I1, I2: with neither control plane nor cache an instance is live and not ready, and becomes ready by itself when the control plane comes',
  async (stage, figures) => {
    const backend = await stage.backend();
    stage.configuration.write(markedDocument('1', [backend.port]));
    const controlPlane = await stage.controlPlane();
    const instance = await stage.instance({ name: 'early', controlPlanes: [controlPlane.streamUrl] });

    await instance.start();
    const waiting = await instance.statusThat(
      'it has tried its control plane',
      ({ controlPlane: { endpoint } }) => endpoint !== null,
    );
    expect(waiting).toMatchObject({
      healthy: true,
      ready: false,
      revision: null,
      controlPlane: { connected: false },
    });
    expect(waiting.reasons.map(({ code }) => code)).toContain('NoRevision');
    expect(await instance.isLive()).toBe(true);
    expect(await instance.isReady()).toBe(false);

    const mark = new Mark();
    await controlPlane.start();
    const started = mark.elapsedMs();
    await instance.ready({ timeoutMs: 15_000 });
    expect(await servedMarker(instance)).toBe('1');
    expect(await instance.status()).toMatchObject({
      revision: { sequence: 1, origin: 'stream' },
      controlPlane: { connected: true },
    });
    figures({ readyAfterControlPlaneListens: `${mark.elapsedMs() - started}ms` });
  },
);

concurrentScenario(
  'an instance whose first endpoint is dead becomes ready through the second',
  async (stage, figures) => {
    const backend = await stage.backend();
    stage.configuration.write(markedDocument('1', [backend.port]));
    const controlPlane = await stage.controlPlane();
    await controlPlane.start();
    const dead = `ws://127.0.0.1:${await freePort()}`;
    const instance = await stage.instance({ name: 'patient', controlPlanes: [dead, controlPlane.streamUrl] });

    const mark = new Mark();
    await instance.start();
    await instance.ready();
    expect(await servedMarker(instance)).toBe('1');
    figures({ readyAfterStart: `${mark.elapsedMs()}ms` });
  },
);
