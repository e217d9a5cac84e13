import type { Failure, LoadReport } from '../load/ledger.ts';
import { verdict } from './verdict.ts';

const KILL = { server: 'instance-2', at: 10_000 };
const failure = (change: Partial<Failure>): Failure => ({
  kind: 'ServerError',
  detail: '',
  dueAt: 9_990,
  elapsedMs: 20,
  connection: 'fresh',
  before: 0,
  method: 'POST',
  slow: false,
  servedBy: 'instance-2',
  ...change,
});
const report = (failures: Failure[], failed = failures.length) => ({ failed, failures }) as LoadReport;

test('what was in flight on a killed instance is told apart', () => {
  expect(verdict(report([failure({})]), [KILL])).toMatchObject({ lost: 0, killed: [{}] });
});

test('an end without a word right after the kill is of the killed instance', () => {
  const { servedBy: _, ...silent } = failure({ kind: 'Closed' });
  expect(verdict(report([silent]), [KILL])).toMatchObject({ lost: 0, killed: [{}] });
});

test.each([
  ['another instance', { servedBy: 'instance-1' }],
  ['an unknown instance', { servedBy: undefined }],
  ['sent long after the kill', { dueAt: 12_000 }],
  ['over long before the kill', { dueAt: 5_000 }],
])('a failure of %s is lost', (_what, change) => {
  const { servedBy, ...rest } = failure(change as Partial<Failure>);
  const lost = servedBy === undefined ? rest : { ...rest, servedBy };
  expect(verdict(report([lost]), [KILL])).toMatchObject({ lost: 1, killed: [] });
});

test('failures beyond the bounded list count as lost', () => {
  expect(verdict(report([failure({})], 5), [KILL])).toMatchObject({ lost: 4 });
});
