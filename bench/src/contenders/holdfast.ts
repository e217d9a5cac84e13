/** An instance of ours as a user runs it: supervisor, agent and one worker, with a control plane on the load core. */
import { mkdirSync } from 'node:fs';
import { setPriority } from 'node:os';
import { join } from 'node:path';
import { ConfigurationFile } from '@holdfast/e2e/harness/configuration-file.ts';
import { ControlPlaneProcess } from '@holdfast/e2e/harness/control-plane-process.ts';
import { freePort } from '@holdfast/e2e/harness/free-port.ts';
import { repositoryPath } from '@holdfast/e2e/harness/paths.ts';
import { PinnedProcess } from '../processes/pinned-process.ts';
import type { Contender } from './contender.ts';
import { GatewayDocument } from './gateway-document.ts';
import { ReconfigurableContender } from './reconfigurable.ts';

const LOWEST_PRIORITY = 19;

export interface HoldfastOptions {
  name: string;
  title: string;
  routes: number;
}

export function holdfast({ name, title, routes }: HoldfastOptions): Contender<ReconfigurableContender> {
  return {
    name,
    title,
    start: async (place) => {
      const file = new ConfigurationFile(join(place.directory, 'configuration.json'));
      const document = new GatewayDocument(file, routes, place.upstreamPort);
      const controlPlane = await startControlPlane(file.path, place.directory);
      const port = await freePort();
      const accessLog = join(place.directory, 'output.log');
      const program = new PinnedProcess({
        name,
        command: process.execPath,
        args: [
          ...[repositoryPath('dataplane/src/main.ts'), '--data-plane', 'bench/gateway', '--workers', '1'],
          ...['--control-plane', controlPlane.streamUrl, '--cache-dir', join(place.directory, 'cache')],
          ...['--listen', `127.0.0.1:${port}`, '--status', `127.0.0.1:${await freePort()}`],
          ...['--drain-delay', '0s', '--drain-timeout', '1s'],
        ],
        core: place.core,
        logFile: accessLog,
        env: place.env,
      });
      const company = [controlPlane];
      const configuration = {
        changeOne: (edition: number): void => document.changeOne(edition),
        changeAll: (edition: number): void => document.changeAll(edition),
        taken: async (): Promise<number | undefined> =>
          (await controlPlane.instances())[0]?.revision?.sequence,
      };
      const parts = { name, port, services: routes, accessLog, process: program, company, configuration };
      return new ReconfigurableContender(parts);
    },
  };
}

/** It parses whole files on the load core: at the lowest priority, for generator and upstream come first. */
async function startControlPlane(source: string, directory: string): Promise<ControlPlaneProcess> {
  mkdirSync(join(directory, 'state'), { recursive: true });
  const controlPlane = new ControlPlaneProcess(
    {
      source,
      stateDirectory: join(directory, 'state'),
      streamPort: await freePort(),
      apiPort: await freePort(),
    },
    join(directory, 'controlplane.log'),
  );
  await controlPlane.start();
  setPriority(controlPlane.program.pid, LOWEST_PRIORITY);
  return controlPlane;
}
