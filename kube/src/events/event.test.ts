import { eventObject, type Happening, seriesKey } from './event.ts';

const HAPPENING: Happening = {
  regarding: {
    apiVersion: 'holdfast.dev/v1alpha1',
    kind: 'DataPlane',
    metadata: { name: 'edge', namespace: 'shop', uid: 'u' },
  },
  type: 'Warning',
  reason: 'Refused',
  action: 'Publish',
  note: 'a note',
};
const REPORTER = { controller: 'holdfast.dev/operator', instance: 'x'.repeat(200) };
const AT = new Date('2026-11-22T10:00:00.5Z');

test('an event stands beside its object, and those about cluster-wide objects in default', () => {
  const event = eventObject(HAPPENING, REPORTER, AT, 'abc');
  expect(event.metadata).toEqual({ name: 'edge.abc', namespace: 'shop' });
  expect(event).toMatchObject({
    eventTime: '2026-11-22T10:00:00.500000Z',
    regarding: { kind: 'DataPlane', uid: 'u' },
  });
  const node = { apiVersion: 'v1', kind: 'Node', metadata: { name: 'n' } };
  expect(eventObject({ ...HAPPENING, regarding: node }, REPORTER, AT, 'abc').metadata.namespace).toBe(
    'default',
  );
});

test('nothing is longer than the server takes, and no character is cut in two', () => {
  const event = eventObject({ ...HAPPENING, note: 'é'.repeat(2_000) }, REPORTER, AT, 'abc');
  expect(Buffer.byteLength(event.note)).toBeLessThanOrEqual(1024);
  expect(event.note).toMatch(/^é+$/);
  expect(event.reportingInstance).toHaveLength(128);
  const long = { ...HAPPENING.regarding, metadata: { name: 'n'.repeat(253), namespace: 'shop' } };
  expect(
    eventObject({ ...HAPPENING, regarding: long }, REPORTER, AT, '0123456789abcdef').metadata.name.length,
  ).toBeLessThan(253);
});

test('the same about the same object is one series; another note or object is another', () => {
  expect(seriesKey({ ...HAPPENING })).toBe(seriesKey(HAPPENING));
  expect(seriesKey({ ...HAPPENING, note: 'other' })).not.toBe(seriesKey(HAPPENING));
  const renewed = { ...HAPPENING.regarding, metadata: { ...HAPPENING.regarding.metadata, uid: 'v' } };
  expect(seriesKey({ ...HAPPENING, regarding: renewed })).not.toBe(seriesKey(HAPPENING));
});
