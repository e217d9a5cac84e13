/** What stands in examples/ is accepted by the programs that it is for. */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { readDocuments } from '@holdfast/protocol/configuration/documents.ts';
import { formatProblem } from '@holdfast/protocol/configuration/problem.ts';
import { parseAllDocuments } from 'yaml';
import { childEnvironment } from '../harness/environment.ts';
import { HAPROXY_CONFIGURATION, loadBalancerEnvironment } from '../harness/load-balancer.ts';
import { repositoryPath } from '../harness/paths.ts';

const INSTANCES = [
  { host: '127.0.0.1', port: 10_001, statusPort: 7_085 },
  { host: '127.0.0.1', port: 10_002, statusPort: 7_086 },
  { host: '127.0.0.1', port: 10_003, statusPort: 7_087 },
];

/** Standard error, empty when the program is content. */
function complaint(command: string, args: string[], env: Record<string, string> = {}): string {
  const { status, stderr, error } = spawnSync(command, args, {
    env: childEnvironment(env),
    encoding: 'utf8',
  });
  if (error !== undefined)
    return `${command} cannot be started (apt-get install ${command}): ${error.message}`;
  return status === 0 ? '' : stderr;
}

test.each([1, 2, 3])('HAProxy accepts haproxy.cfg with %i instances', (count) => {
  const env = loadBalancerEnvironment({ listen: 10_000, statistics: 10_004 }, INSTANCES.slice(0, count));
  expect(complaint('haproxy', ['-c', '-f', repositoryPath(HAPROXY_CONFIGURATION)], env)).toBe('');
});

test('nginx accepts nginx.conf', () => {
  expect(
    complaint('nginx', ['-t', '-e', 'stderr', '-c', repositoryPath('examples/load-balancer/nginx.conf')]),
  ).toBe('');
});

test.each(readdirSync(repositoryPath('examples/configuration')))('%s is a valid configuration', (name) => {
  const text = readFileSync(repositoryPath(`examples/configuration/${name}`), 'utf8');
  const documents = parseAllDocuments(text).map((document) => ({
    source: name,
    value: document.toJS() as unknown,
  }));
  expect(readDocuments(documents).problems.map(formatProblem)).toEqual([]);
});
