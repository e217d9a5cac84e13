import { dataPlane } from '../fixtures/data-plane.ts';
import { PLATFORM } from '../fixtures/platform.ts';
import {
  buildTemplateRevision,
  type KeptTemplate,
  readTemplateRevision,
  wantedTemplate,
} from './kept-template.ts';

const NEWER = { ...PLATFORM, image: 'registry.example.com/holdfast/dataplane:0.2.0', insecure: false };

function imageOf({ template }: KeptTemplate): string {
  return (template.spec.containers as { image: string }[])[0]!.image;
}

test('the same intent gets the template that was rendered first, whatever the platform is by now (I6)', () => {
  const first = wantedTemplate(dataPlane(), undefined, PLATFORM);
  expect(wantedTemplate(dataPlane({ spec: { replicas: 9 } }), first, NEWER)).toBe(first);
});

test('the template of an operator that knew no bootstrap is used on while the intent is the same (I6)', () => {
  const first = wantedTemplate(dataPlane(), undefined, PLATFORM);
  const volumes = (first.template.spec.volumes as { name: string }[]).filter(
    ({ name }) => name !== 'bootstrap',
  );
  const older = { ...first, template: { ...first.template, spec: { ...first.template.spec, volumes } } };
  expect(wantedTemplate(dataPlane(), older, PLATFORM)).toBe(older);
  const intent = dataPlane({ spec: { resources: { requests: { cpu: '1' }, limits: {} } } });
  expect(wantedTemplate(intent, older, PLATFORM).template.spec.volumes).toHaveLength(volumes.length + 1);
});

test('another intent is rendered anew, with the default image of the creation', () => {
  const first = wantedTemplate(dataPlane(), undefined, PLATFORM);
  const second = wantedTemplate(dataPlane({ spec: { image: 'example.com/own:1' } }), first, NEWER);
  expect([imageOf(second), second.defaultImage]).toEqual(['example.com/own:1', PLATFORM.image]);
  const third = wantedTemplate(dataPlane(), second, NEWER);
  expect(imageOf(third)).toBe(PLATFORM.image);
  expect(third.intentHash).toBe(first.intentHash);
});

test('what is kept is read back as it was', () => {
  const kept = wantedTemplate(dataPlane(), undefined, PLATFORM);
  const revision = buildTemplateRevision(dataPlane(), { number: 3, kept });
  expect(revision.metadata.name).toBe('edge-template-3');
  expect(readTemplateRevision(JSON.parse(JSON.stringify(revision)))).toEqual({ number: 3, kept });
});

test.each([
  ['nothing', undefined],
  ['another thing', { spec: {} }],
  ['no template', { intentHash: 'a', defaultImage: 'b' }],
  ['a broken template', { intentHash: 'a', defaultImage: 'b', template: { metadata: {} } }],
])('a ControllerRevision with %s in it is not taken for a template', (_title, data) => {
  const object = {
    apiVersion: 'apps/v1',
    kind: 'ControllerRevision',
    metadata: { name: 'x' },
    revision: 1,
    data,
  };
  expect(readTemplateRevision(object)).toBeUndefined();
});
