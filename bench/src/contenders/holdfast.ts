/** An instance of ours as a user runs it: supervisor, agent and one worker, with a control plane on the load core. */
import { mkdirSync } from 'node:fs';
import { setPriority } from 'node:os';
import { join } from 'node:path';
import { ConfigurationFile } from '@holdfast/e2e/harness/configuration-file.ts';
import { ControlPlaneProcess } from '@holdfast/e2e/harness/control-plane-process.ts';
import { freePort } from '@holdfast/e2e/harness/free-port.ts';
import { repositoryPath } from '@holdfast/e2e/harness/paths.ts';
import { PinnedProcess } from '../processes/pinned-process.ts';
import { type Contender, RunningContender } from './contender.ts';
import { gatewayDocument } from './gateway-document.ts';

const LOWEST_PRIORITY = 19;

export interface HoldfastOptions {
  name: string;
  title: string;
  routes: number;
  /** More flags of the instance. */
  flags?: string[];
}

/** Its configuration can be changed while it runs. */
export class RunningHoldfast extends RunningContender {
  readonly configuration: ConfigurationFile;

  constructor(
    parts: ConstructorParameters<typeof RunningContender>[0] & { configuration: ConfigurationFile },
  ) {
    super(parts);
    this.configuration = parts.configuration;
  }
}

export function holdfast({ name, title, routes, flags = [] }: HoldfastOptions): Contender<RunningHoldfast> {
  return {
    name,
    title,
    start: async (place) => {
      const configuration = new ConfigurationFile(join(place.directory, 'configuration.json'));
      configuration.write(gatewayDocument(routes, place.upstreamPort));
      const controlPlane = await startControlPlane(configuration, place.directory);
      const port = await freePort();
      const accessLog = join(place.directory, 'output.log');
      const program = new PinnedProcess({
        name,
        command: process.execPath,
        args: [
          ...[repositoryPath('dataplane/src/main.ts'), '--data-plane', 'bench/gateway', '--workers', '1'],
          ...['--control-plane', controlPlane.streamUrl, '--cache-dir', join(place.directory, 'cache')],
          ...['--listen', `127.0.0.1:${port}`, '--status', `127.0.0.1:${await freePort()}`],
          ...['--drain-delay', '0s', '--drain-timeout', '1s', ...flags],
        ],
        core: place.core,
        logFile: accessLog,
        env: place.env,
      });
      const parts = { name, port, accessLog, process: program, company: [controlPlane], configuration };
      return new RunningHoldfast(parts);
    },
  };
}

/** It parses whole files on the load core: at the lowest priority, for generator and upstream come first. */
async function startControlPlane(
  configuration: ConfigurationFile,
  directory: string,
): Promise<ControlPlaneProcess> {
  mkdirSync(join(directory, 'state'), { recursive: true });
  const controlPlane = new ControlPlaneProcess(
    {
      source: configuration.path,
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
