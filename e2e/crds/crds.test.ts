import { randomBytes } from 'node:crypto';
import { repositoryPath } from '../harness/paths.ts';
import { caseFiles } from './case-file.ts';
import { kubectl, mustKubectl } from './kubectl.ts';
import { isExpected, problemsOf } from './refusal.ts';

const NAMESPACE = `crds-${randomBytes(4).toString('hex')}`;
const CRDS = ['crd/dataplanes.holdfast.dev', 'crd/configrevisions.holdfast.dev'];
const DRY_RUN = ['--dry-run=server', '--validate=strict', '-n', NAMESPACE, '-f', '-'];

let wereThere = true;

beforeAll(async () => {
  wereThere = (await kubectl(['get', ...CRDS])).ok;
  await mustKubectl(['apply', '--server-side', '--force-conflicts', '-f', repositoryPath('crds')]);
  await mustKubectl(['wait', '--for=condition=Established', '--timeout=20s', ...CRDS]);
  await mustKubectl(['create', 'namespace', NAMESPACE]);
}, 60_000);

/** CRDs that we did not bring stay: to delete one deletes every object of its kind. */
afterAll(async () => {
  await kubectl(['delete', 'namespace', NAMESPACE, '--wait=false']);
  if (!wereThere) await kubectl(['delete', ...CRDS]);
}, 60_000);

test.each(caseFiles('e2e/crds/good'))('good/$name is taken: $comment', async ({ documents }) => {
  expect(await kubectl(['create', ...DRY_RUN], documents[0])).toMatchObject({ ok: true, stderr: '' });
});

test.each(caseFiles('operator/src/specs/golden', '.in.yaml'))(
  'the DataPlane of the golden file $name is taken',
  async ({ documents }) => {
    expect(await kubectl(['create', ...DRY_RUN], documents[0])).toMatchObject({ ok: true, stderr: '' });
  },
);

test.each(caseFiles('e2e/crds/bad'))(
  'bad/$name is refused with one message: $comment',
  async ({ documents, comment }) => {
    const { ok, stderr } = await kubectl(['create', ...DRY_RUN], documents[0]);
    expectRefusal(ok, stderr, comment);
  },
);

test.each(caseFiles('e2e/crds/changes'))(
  'changes/$name is refused: $comment',
  async ({ documents, comment }) => {
    const [before, after] = documents as [string, string];
    await mustKubectl(['apply', '--server-side', '-n', NAMESPACE, '-f', '-'], before);
    const { ok, stderr } = await kubectl(['replace', ...DRY_RUN], after);
    expectRefusal(ok, stderr, comment);
  },
);

test('kubectl scale changes a DataPlane, and an autoscaler finds number and selector of its pods', async () => {
  const edge = { apiVersion: 'holdfast.dev/v1alpha1', kind: 'DataPlane', metadata: { name: 'edge' } };
  await mustKubectl(['create', '-n', NAMESPACE, '-f', '-'], JSON.stringify(edge));
  const status = { replicas: 2, selector: 'app.kubernetes.io/instance=edge', ready: '1/2' };
  await mustKubectl([
    'patch',
    'dp/edge',
    '-n',
    NAMESPACE,
    '--subresource=status',
    '--type=merge',
    '-p',
    JSON.stringify({ status }),
  ]);
  await mustKubectl(['scale', 'dp/edge', '-n', NAMESPACE, '--replicas=5']);
  const scale = JSON.parse(
    await mustKubectl(['get', 'dp/edge', '-n', NAMESPACE, '--subresource=scale', '-o', 'json']),
  );
  expect(scale).toMatchObject({ spec: { replicas: 5 }, status: { replicas: 2, selector: status.selector } });
  const columns = await mustKubectl(['get', 'dp', '-n', NAMESPACE]);
  expect(columns.split('\n')[0]!.trim().split(/\s+/)).toEqual([
    'NAME',
    'READY',
    'UPDATED',
    'REVISION',
    'CONTROL-PLANE',
    'HA',
    'AGE',
  ]);
  expect(columns).toContain('1/2');
});

test('a revision of the greatest allowed size is taken, and cannot be changed either', async () => {
  const spec = {
    lineage: 'l',
    sequence: 1,
    hash: `sha256:${'0'.repeat(64)}`,
    payload: randomBytes(1_000_000).toString('base64'),
  };
  const revision = {
    apiVersion: 'holdfast.dev/v1alpha1',
    kind: 'ConfigRevision',
    metadata: { name: 'large-1' },
    spec,
  };
  await mustKubectl(['create', '-n', NAMESPACE, '-f', '-'], JSON.stringify(revision));
  const other = { ...revision, spec: { ...spec, lineage: 'm' } };
  const { ok, stderr } = await kubectl(['replace', ...DRY_RUN], JSON.stringify(other));
  expect(ok).toBe(false);
  expect(stderr).toContain('a revision never changes');
});

function expectRefusal(ok: boolean, stderr: string, expected: string): void {
  const problems = problemsOf(stderr);
  const asExpected = !ok && problems.length === 1 && isExpected(problems[0]!, expected);
  expect(asExpected ? [expected] : problems).toEqual([expected]);
}
