/** Caddy as a plain reverse proxy on one processor. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from '@holdfast/e2e/harness/free-port.ts';
import { PinnedProcess } from '../processes/pinned-process.ts';
import { type Contender, RunningContender } from './contender.ts';

export const CADDY: Contender = {
  name: 'Caddy',
  title: 'Caddy, GOMAXPROCS=1, no log',
  start: async ({ directory, core, upstreamPort }) => {
    const port = await freePort();
    const configuration = join(directory, 'Caddyfile');
    writeFileSync(
      configuration,
      `{
  admin off
  auto_https off
}
http://:${port} {
  bind 127.0.0.1
  reverse_proxy 127.0.0.1:${upstreamPort} {
    transport http {
      keepalive_idle_conns_per_host 512
    }
  }
}
`,
    );
    const process = new PinnedProcess({
      name: 'Caddy',
      command: 'caddy',
      args: ['run', '--config', configuration, '--adapter', 'caddyfile'],
      core,
      logFile: join(directory, 'output.log'),
      env: { GOMAXPROCS: '1', XDG_DATA_HOME: directory, XDG_CONFIG_HOME: directory },
    });
    return new RunningContender({ name: 'Caddy', port, process });
  },
};
