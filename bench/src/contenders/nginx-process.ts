/** nginx with a configuration of ours: one worker, everything in a folder of its own. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from '@holdfast/e2e/harness/free-port.ts';
import { PinnedProcess } from '../processes/pinned-process.ts';

export interface NginxOptions {
  name: string;
  directory: string;
  core: number;
  /** Lines before `events`. */
  main?: string;
  /** Lines inside `http`. */
  http(port: number): string;
}

export interface Nginx {
  port: number;
  process: PinnedProcess;
  /** Takes what `http` gives now. */
  reconfigure(): void;
}

/** Debian's nginx is built to write to /var; nothing of a benchmark belongs there. */
const TEMPORARY = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];

export async function startNginx({ name, directory, core, main = '', http }: NginxOptions): Promise<Nginx> {
  const port = await freePort();
  const configurationFile = join(directory, 'nginx.conf');
  const configure = (http: string): void => writeFileSync(configurationFile, whole(directory, main, http));
  configure(http(port));
  const logFile = join(directory, 'output.log');
  const args = ['-e', join(directory, 'error.log'), '-c', configurationFile];
  const process = new PinnedProcess({ name, command: 'nginx', args, core, logFile });
  return {
    port,
    process,
    reconfigure: () => {
      configure(http(port));
      process.signal('SIGHUP');
    },
  };
}

function whole(directory: string, main: string, http: string): string {
  const paths = TEMPORARY.map((kind) => `${kind}_temp_path ${directory}/${kind};`).join('\n  ');
  return `${main}
daemon off;
pid ${directory}/nginx.pid;
error_log ${directory}/error.log warn;
worker_processes 1;
worker_rlimit_nofile 16384;
events { worker_connections 16000; }
http {
  ${paths}
  keepalive_requests 1000000000;
  keepalive_timeout 300s;
${http}
}
`;
}

/** The keepalive pool that every nginx here has towards the upstream. */
export const POOL = 'keepalive 512; keepalive_requests 1000000000; keepalive_timeout 300s;';
