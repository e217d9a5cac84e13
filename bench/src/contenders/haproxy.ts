/** HAProxy as a plain reverse proxy with one thread. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from '@holdfast/e2e/harness/free-port.ts';
import { PinnedProcess } from '../processes/pinned-process.ts';
import { type Contender, RunningContender } from './contender.ts';

export const HAPROXY: Contender = {
  name: 'HAProxy',
  title: 'HAProxy, one thread, no log',
  start: async ({ directory, core, upstreamPort }) => {
    const port = await freePort();
    const configuration = join(directory, 'haproxy.cfg');
    writeFileSync(
      configuration,
      `global
  nbthread 1
  maxconn 10100
  no strict-limits
defaults
  mode http
  timeout connect 5s
  timeout client 300s
  timeout server 300s
  timeout tunnel 300s
  http-reuse always
frontend clients
  bind 127.0.0.1:${port} backlog 4096
  default_backend backend
backend backend
  server upstream 127.0.0.1:${upstreamPort} pool-max-conn 512
`,
    );
    const process = new PinnedProcess({
      name: 'HAProxy',
      command: 'haproxy',
      args: ['-db', '-f', configuration],
      core,
      logFile: join(directory, 'output.log'),
    });
    return new RunningContender({ name: 'HAProxy', port, process });
  },
};
