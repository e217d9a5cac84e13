/** nginx as a plain reverse proxy: what everything is compared with. */
import { type Contender, RunningContender } from './contender.ts';
import { POOL, startNginx } from './nginx-process.ts';

export const NGINX = nginx('nginx', 'nginx, no log, no feature');
/** The same once more: how far two equal contenders lie apart is how far nothing can be told. */
export const NGINX_AGAIN = nginx('nginx again', 'nginx again, as A/A');

function nginx(name: string, title: string): Contender {
  return {
    name,
    title,
    start: async ({ directory, core, upstreamPort }) => {
      const { port, process } = await startNginx({
        name,
        directory,
        core,
        http: (port) => `
  access_log off;
  proxy_max_temp_file_size 0;
  map $http_upgrade $connection_upgrade { default upgrade; '' ''; }
  upstream backend { server 127.0.0.1:${upstreamPort}; ${POOL} }
  server {
    listen 127.0.0.1:${port} backlog=4096;
    location / {
      proxy_pass http://backend;
      proxy_http_version 1.1;
      proxy_set_header Upgrade $http_upgrade;
      proxy_set_header Connection $connection_upgrade;
    }
  }`,
      });
      return new RunningContender({ name, port, process });
    },
  };
}
