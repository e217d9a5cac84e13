/** The machine and the versions of all that was measured, for the head of the report. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cpus, release, totalmem } from 'node:os';
import { repositoryPath } from '@holdfast/e2e/harness/paths.ts';
import type { Cores } from './cores.ts';

const VERSION_COMMANDS: [name: string, command: string, ...args: string[]][] = [
  ['nginx', 'nginx', '-v'],
  ['HAProxy', 'haproxy', '-v'],
  ['Caddy', 'caddy', 'version'],
  ['wrk', 'wrk', '-v'],
];
const VERSION = /\d+\.\d+(\.\d+)*\S*/;

export function describeMachine({ proxy, load }: Cores): [string, string][] {
  const { model } = cpus()[0]!;
  return [
    ['date', new Date().toISOString().slice(0, 10)],
    ['machine', `${cpus().length} x ${model}, ${Math.round(totalmem() / 1e9)} GB`],
    ['kernel', release()],
    ['cores', `proxy on ${proxy}; generator, upstream and control plane on ${load}`],
    ['Node.js', process.versions.node],
    ['http-proxy', packageVersion('http-proxy')],
    ...VERSION_COMMANDS.map(([name, command, ...args]): [string, string] => [name, versionOf(command, args)]),
  ];
}

function versionOf(command: string, args: string[]): string {
  const { stdout, stderr } = spawnSync(command, args, { encoding: 'utf8' });
  return VERSION.exec(`${stdout}${stderr}`)?.[0] ?? 'unknown';
}

function packageVersion(name: string): string {
  const text = readFileSync(repositoryPath(`node_modules/${name}/package.json`), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}
