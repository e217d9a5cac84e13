/** Scenario d: whatever happens to the document, the last good one serves, and a mended one takes effect at once. */
import { rmSync } from 'node:fs';
import { markedDocument } from '../harness/configuration-file.ts';
import type { ControlPlaneProcess } from '../harness/control-plane-process.ts';
import { eventually, Mark } from '../harness/eventually.ts';
import { allServe, servedMarker } from '../harness/marker.ts';
import { probe } from '../harness/probe.ts';
import { scenario } from '../harness/scenario.ts';
import type { Stage } from '../harness/stage.ts';

const MENDED_WITHIN_MS = 1_000;

interface Mishap {
  what: string;
  happen(stage: Stage, backendPort: number): void;
  /** Stands in what the control plane's API says about it. */
  named: string;
}

const MISHAPS: Mishap[] = [
  {
    what: 'text that is no YAML',
    happen: ({ configuration }) => configuration.writeText('routes: [{name: a\nbackends: }\n'),
    named: 'valid YAML',
  },
  {
    what: 'a field of the wrong type',
    happen: ({ configuration }) => configuration.writeText('routes: [{name: 5}]\nbackends: []\n'),
    named: '/routes/0/name',
  },
  {
    what: 'a backendRef to no backend',
    happen: ({ configuration }, port) =>
      configuration.write({
        ...markedDocument('dangling', [port]),
        backends: [{ name: 'other', endpoints: [{ address: '127.0.0.1', port }] }],
      }),
    named: '/routes/0/backendRefs/0',
  },
  {
    what: 'an empty file',
    happen: ({ configuration }) => configuration.writeText(''),
    named: 'an empty document',
  },
  {
    what: 'a document without routes',
    happen: ({ configuration }) => configuration.writeText('backends: []\n'),
    named: '/routes',
  },
  {
    what: 'a write cut off in the middle',
    happen: ({ configuration }, port) => {
      const text = JSON.stringify(markedDocument('cut', [port]));
      configuration.writeText(text.slice(0, text.length / 2));
    },
    named: 'valid YAML',
  },
  {
    what: 'a deleted file',
    happen: ({ configuration }) => rmSync(configuration.path),
    named: 'at least one document',
  },
];

scenario(
  'I3, I5: a document that is broken, dangling, empty, cut off or deleted is named and changes nothing; a mended one serves within a second',
  async (stage, figures) => {
    const backend = await stage.backend();
    stage.configuration.write(markedDocument('0', [backend.port]));
    const controlPlane = await stage.controlPlane();
    await controlPlane.start();
    const instance = await stage.instance({ name: 'instance', controlPlanes: [controlPlane.streamUrl] });
    await instance.start();
    await allServe([instance], '0');

    const mendedMs: number[] = [];
    for (const [index, { what, happen, named }] of MISHAPS.entries()) {
      const before = (await instance.status()).revision;
      happen(stage, backend.port);
      await problemShown(controlPlane, what, named);
      expect(await servedMarker(instance)).toBe(String(index));
      expect((await instance.status()).revision).toEqual(before);

      stage.configuration.write(markedDocument(String(index + 1), [backend.port]));
      const mark = new Mark();
      await allServe([instance], String(index + 1), { everyMs: 20 });
      mendedMs.push(mark.elapsedMs());
    }
    figures({ mended: mendedMs.map((ms) => `${ms}ms`).join(',') });
    expect(Math.max(...mendedMs)).toBeLessThan(MENDED_WITHIN_MS);
  },
  90_000,
);

scenario(
  'I5: a control plane restarted over a broken document publishes its last good revision to instances that have nothing',
  async (stage) => {
    const backend = await stage.backend();
    stage.configuration.write(markedDocument('good', [backend.port]));
    const controlPlane = await stage.controlPlane();
    await controlPlane.start();
    await eventually('a revision is published', async () => (await controlPlane.revisions()).length === 1);

    stage.configuration.writeText('routes: [\n');
    await problemShown(controlPlane, 'a broken document', 'valid YAML');
    await controlPlane.kill();
    await controlPlane.start();
    const instance = await stage.instance({ name: 'newcomer', controlPlanes: [controlPlane.streamUrl] });
    await instance.start();
    await allServe([instance], 'good');
    expect((await instance.status()).revision).toMatchObject({ sequence: 1 });
  },
);

scenario('only an explicit empty list of routes empties a fleet', async (stage) => {
  const backend = await stage.backend();
  stage.configuration.write(markedDocument('full', [backend.port]));
  const controlPlane = await stage.controlPlane();
  await controlPlane.start();
  const instance = await stage.instance({ name: 'instance', controlPlanes: [controlPlane.streamUrl] });
  await instance.start();
  await allServe([instance], 'full');

  stage.configuration.writeText('routes: []\n');
  await eventually('the instance answers 404', async () => (await instance.get('/')).status === 404);
  expect(await instance.isReady()).toBe(true);
});

/** The API says what is wrong, and where. */
function problemShown(controlPlane: ControlPlaneProcess, what: string, named: string): Promise<boolean> {
  return eventually(`the control plane's API names ${named} for ${what}`, async () => {
    const { text } = await probe(`http://127.0.0.1:${controlPlane.options.apiPort}/api/v1/revisions`);
    if (text.includes(named)) return true;
    throw new Error(text);
  });
}
