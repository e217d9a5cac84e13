import { FLEET } from '../fixtures/observation.ts';
import { readStatusAnswer } from './status-answer.ts';

const EXPECTED = { dataPlane: 'default/edge', instance: 'edge-a' };
const GOOD = FLEET[0]!.document!;

function read(changes: object = {}) {
  return readStatusAnswer(JSON.stringify({ ...GOOD, ...changes }), EXPECTED);
}

test('the status document of the instance is read, with and without a revision', () => {
  expect(read()).toEqual(GOOD);
  expect(read({ revision: null })).toEqual({ ...GOOD, revision: null });
});

test.each<[string, object]>([
  ['another data plane', { dataPlane: 'default/other' }],
  ['another instance, as when the address has a new owner', { instance: 'edge-b' }],
  ['a flag that is a text', { ready: 'true' }],
  ['a revision without sequence', { revision: { lineage: 'a', hash: 'b', origin: 'disk' } }],
  ['a trial that is a text', { revision: { ...GOOD.revision, trial: 'yes' } }],
  ['a sequence that is not whole', { revision: { ...GOOD.revision, sequence: 1.5 } }],
  ['reasons without end', { reasons: Array(65).fill({ code: 'a', message: 'b' }) }],
  ['a reason that is too long', { reasons: [{ code: 'a', message: 'x'.repeat(1025) }] }],
  ['a time that the schema would refuse', { controlPlane: { ...GOOD.controlPlane, since: 'yesterday' } }],
  ['no workers', { workers: null }],
])('a document of %s is not believed', (_title, changes) => {
  expect(read(changes)).toBeUndefined();
});

test.each(['', 'OK', '[]', 'null', '{'])('%j is no status document', (text) => {
  expect(readStatusAnswer(text, EXPECTED)).toBeUndefined();
});
