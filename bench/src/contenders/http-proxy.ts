/** http-proxy, the usual proxy library of Node.js, on the Node.js that runs ours. */
import { join } from 'node:path';
import { freePort } from '@holdfast/e2e/harness/free-port.ts';
import { repositoryPath } from '@holdfast/e2e/harness/paths.ts';
import { PinnedProcess } from '../processes/pinned-process.ts';
import { type Contender, RunningContender } from './contender.ts';

export const HTTP_PROXY: Contender = {
  name: 'http-proxy',
  title: 'http-proxy (npm) with a keep-alive agent, no log',
  start: async ({ directory, core, upstreamPort, env }) => {
    const port = await freePort();
    const program = new PinnedProcess({
      name: 'http-proxy',
      command: process.execPath,
      args: [
        repositoryPath('bench/src/contenders/http-proxy-program.ts'),
        String(port),
        String(upstreamPort),
      ],
      core,
      logFile: join(directory, 'output.log'),
      env,
    });
    return new RunningContender({ name: 'http-proxy', port, process: program });
  },
};
