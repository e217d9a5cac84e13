import { randomBytes } from 'node:crypto';
import { jest } from '@jest/globals';
import { repositoryPath } from '../harness/paths.ts';
import { ApiServer } from '../kube/api-server.ts';
import { caseFiles } from './case-file.ts';
import { Kubectl } from './kubectl.ts';
import { isExpected, problemsOf } from './refusal.ts';

const NAMESPACE = 'crds';
const CRDS = ['crd/dataplanes.holdfast.dev', 'crd/configrevisions.holdfast.dev'];
const DRY_RUN = ['--dry-run=server', '--validate=strict', '-n', NAMESPACE, '-f', '-'];

jest.setTimeout(120_000);

let server: ApiServer;
let kubectl: Kubectl;

beforeAll(async () => {
  server = await ApiServer.start();
  kubectl = new Kubectl(server);
  await kubectl.run(['apply', '--server-side', '-f', repositoryPath('crds')]);
  await kubectl.run(['wait', '--for=condition=Established', '--timeout=20s', ...CRDS]);
  await kubectl.run(['create', 'namespace', NAMESPACE]);
});
afterAll(() => server.close());

test.each(caseFiles('e2e/crds/good'))('good/$name is taken: $comment', async ({ documents }) => {
  expect(await kubectl.ask(['create', ...DRY_RUN], documents[0])).toMatchObject({ ok: true, stderr: '' });
});

test.each(caseFiles('operator/src/specs/golden', '.in.yaml'))(
  'the DataPlane of the golden file $name is taken',
  async ({ documents }) => {
    expect(await kubectl.ask(['create', ...DRY_RUN], documents[0])).toMatchObject({ ok: true, stderr: '' });
  },
);

test.each(caseFiles('e2e/crds/bad'))(
  'bad/$name is refused with one message: $comment',
  async ({ documents, comment }) => {
    const { ok, stderr } = await kubectl.ask(['create', ...DRY_RUN], documents[0]);
    expectRefusal(ok, stderr, comment);
  },
);

test.each(caseFiles('e2e/crds/changes'))(
  'changes/$name is refused: $comment',
  async ({ documents, comment }) => {
    const [before, after] = documents as [string, string];
    await kubectl.run(['apply', '--server-side', '-n', NAMESPACE, '-f', '-'], before);
    const { ok, stderr } = await kubectl.ask(['replace', ...DRY_RUN], after);
    expectRefusal(ok, stderr, comment);
  },
);

test('kubectl scale changes a DataPlane, and an autoscaler finds number and selector of its pods', async () => {
  const edge = { apiVersion: 'holdfast.dev/v1alpha1', kind: 'DataPlane', metadata: { name: 'edge' } };
  await kubectl.run(['create', '-n', NAMESPACE, '-f', '-'], JSON.stringify(edge));
  const status = { replicas: 2, selector: 'app.kubernetes.io/instance=edge', ready: '1/2' };
  await kubectl.run([
    'patch',
    'dp/edge',
    '-n',
    NAMESPACE,
    '--subresource=status',
    '--type=merge',
    '-p',
    JSON.stringify({ status }),
  ]);
  await kubectl.run(['scale', 'dp/edge', '-n', NAMESPACE, '--replicas=5']);
  const scale = JSON.parse(
    await kubectl.run(['get', 'dp/edge', '-n', NAMESPACE, '--subresource=scale', '-o', 'json']),
  );
  expect(scale).toMatchObject({ spec: { replicas: 5 }, status: { replicas: 2, selector: status.selector } });
  const columns = await kubectl.run(['get', 'dp', '-n', NAMESPACE]);
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
  await kubectl.run(['create', '-n', NAMESPACE, '-f', '-'], JSON.stringify(revision));
  const other = { ...revision, spec: { ...spec, lineage: 'm' } };
  const { ok, stderr } = await kubectl.ask(['replace', ...DRY_RUN], JSON.stringify(other));
  expect(ok).toBe(false);
  expect(stderr).toContain('a revision never changes');
});

function expectRefusal(ok: boolean, stderr: string, expected: string): void {
  const problems = problemsOf(stderr);
  const asExpected = !ok && problems.length === 1 && isExpected(problems[0]!, expected);
  expect(asExpected ? [expected] : problems).toEqual([expected]);
}
