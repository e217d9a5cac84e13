import { readCommandLine } from '@holdfast/dataplane/settings/command-line.ts';
import { jest } from '@jest/globals';
import { ApiServer } from '../kube/api-server.ts';
import { caseFiles } from './case-file.ts';
import { Kubectl } from './kubectl.ts';

interface Deployment {
  kind: 'Deployment';
  spec: { template: { spec: { containers: Container[] } } };
}

interface Container {
  name: string;
  args: string[];
  /** Without `value`, of the pod itself. */
  env: { name: string; value?: string }[];
}

const NAMESPACE = 'children';
const GOLDEN = caseFiles('operator/src/specs/golden', '.out.yaml');

jest.setTimeout(120_000);

let server: ApiServer;
let kubectl: Kubectl;

beforeAll(async () => {
  server = await ApiServer.start();
  kubectl = new Kubectl(server);
  await kubectl.run(['create', 'namespace', NAMESPACE]);
  const restricted = ['enforce', 'warn'].map((mode) => `pod-security.kubernetes.io/${mode}=restricted`);
  await kubectl.run(['label', 'namespace', NAMESPACE, ...restricted]);
});
afterAll(() => server.close());

test.each(GOLDEN)(
  'the children of the golden file $name are valid, and restricted pod security takes them',
  async ({ documents }) => {
    const flags = [
      '--dry-run=server',
      '--validate=strict',
      '--field-manager=holdfast-operator',
      '-n',
      NAMESPACE,
    ];
    const { ok, stderr } = await kubectl.ask(
      ['apply', '--server-side', ...flags, '-f', '-'],
      documents.join('\n'),
    );
    // A Deployment whose pods would be refused is taken with a warning.
    expect([ok, stderr]).toEqual([true, '']);
  },
);

test.each(GOLDEN)('an instance understands the arguments of the golden file $name', ({ documents }) => {
  const deployment = documents
    .map((document) => JSON.parse(document) as Deployment)
    .find(({ kind }) => kind === 'Deployment')!;
  const { args, env } = deployment.spec.template.spec.containers.find(({ name }) => name === 'dataplane')!;
  const environment = Object.fromEntries(env.map(({ name, value = 'edge-1' }) => [name, value]));
  const { settings } = readCommandLine(args, environment);
  expect(settings).toMatchObject({
    instance: 'edge-1',
    cacheDirectory: '/var/cache/holdfast',
    bootstrapDirectory: '/etc/holdfast/bootstrap',
    tokenFile: '/etc/holdfast/token/token',
  });
  expect(settings!.listeners.length).toBeGreaterThan(0);
});
