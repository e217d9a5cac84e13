/** Scenario i: control plane and instance are one schema level apart. */
import type { ConfigurationDocument } from '@holdfast/protocol/configuration/types.ts';
import { markedDocument } from '../harness/configuration-file.ts';
import { eventually } from '../harness/eventually.ts';
import { allServe, servedMarker } from '../harness/marker.ts';
import { probe } from '../harness/probe.ts';
import { concurrentScenario } from '../harness/scenario.ts';

/** An older instance can do without it: the policy came with level 3. */
function withBalancing(document: ConfigurationDocument): ConfigurationDocument {
  const backends = document.backends!.map((backend) => ({
    ...backend,
    loadBalancing: { policy: 'Random' as const },
  }));
  return { ...document, backends };
}

/** An older instance would find no endpoint of it: backends by name came with level 3. */
function withName(document: ConfigurationDocument, port: number): ConfigurationDocument {
  const backends = document.backends!.map(({ name }) => ({ name, dns: { hostname: 'localhost', port } }));
  return { ...document, backends };
}

concurrentScenario(
  'I10: a newer control plane sends an older instance what it can know, and holds back what it cannot',
  async (stage) => {
    const backend = await stage.backend();
    stage.configuration.write(withBalancing(markedDocument('for both', [backend.port])));
    const controlPlane = await stage.controlPlane();
    await controlPlane.start();
    const controlPlanes = [controlPlane.streamUrl];
    const newer = await stage.instance({ name: 'newer', controlPlanes });
    const older = await stage.instance({
      name: 'older',
      controlPlanes,
      script: 'e2e/fixtures/older-instance.ts',
    });
    await Promise.all([newer.start(), older.start()]);
    await allServe([newer, older], 'for both', { timeoutMs: 20_000 });
    const [ofNewer, ofOlder] = await Promise.all([newer.status(), older.status()]);
    expect(ofOlder.revision!.sequence).toBe(ofNewer.revision!.sequence);
    expect(ofOlder.revision!.hash).not.toBe(ofNewer.revision!.hash);

    stage.configuration.write(withName(markedDocument('for newer', []), backend.port));
    await allServe([newer], 'for newer');
    await eventually('the fleet shows the older one as too old for the active revision', async () => {
      const states = new Map(
        (await controlPlane.instances()).map(({ instance, state }) => [instance, state]),
      );
      if (states.get('newer') === 'Synced' && states.get('older') === 'VersionSkew') return true;
      throw new Error(JSON.stringify([...states]));
    });
    expect(await servedMarker(older)).toBe('for both');
    expect(await older.isReady()).toBe(true);

    stage.configuration.write(markedDocument('for both again', [backend.port]));
    await allServe([newer, older], 'for both again');
  },
);

concurrentScenario(
  'I10: a newer instance works with an older control plane, which refuses what it does not know',
  async (stage) => {
    const backend = await stage.backend();
    stage.configuration.write(markedDocument('1', [backend.port]));
    const controlPlane = await stage.controlPlane({ script: 'e2e/fixtures/older-control-plane.ts' });
    await controlPlane.start();
    const instance = await stage.instance({ name: 'newer', controlPlanes: [controlPlane.streamUrl] });
    await instance.start();
    await allServe([instance], '1', { timeoutMs: 20_000 });

    stage.configuration.write(withBalancing(markedDocument('2', [backend.port])));
    await eventually('the older control plane names what it does not know', async () => {
      const { text } = await probe(`http://127.0.0.1:${controlPlane.options.apiPort}/api/v1/revisions`);
      return text.includes('/backends/0/loadBalancing/policy');
    });
    expect(await servedMarker(instance)).toBe('1');
    stage.configuration.write(markedDocument('3', [backend.port]));
    await allServe([instance], '3');
  },
);
