/** nginx made to do a gateway's work by its own modules: many routes, a rate limit, a request id, forwarding headers, a JSON log. */
import { join } from 'node:path';
import { type Contender, RunningContender } from './contender.ts';
import { JSON_LOG } from './nginx-log.ts';
import { POOL, startNginx } from './nginx-process.ts';
import { servicePrefixes } from './paths.ts';

const NAME = 'nginx equal';

export const NGINX_EQUAL: Contender = {
  name: NAME,
  title: 'nginx with 1,000 locations, limit_req, request id, forwarding headers, JSON log',
  start: async ({ directory, core, upstreamPort }) => {
    const accessLog = join(directory, 'access.log');
    const { port, process } = await startNginx({
      name: NAME,
      directory,
      core,
      http: (port) => `
  ${JSON_LOG}
  access_log ${accessLog} gateway buffer=64k flush=1s;
  proxy_max_temp_file_size 0;
  limit_req_zone $binary_remote_addr zone=clients:1m rate=1000000r/s;
  upstream backend { server 127.0.0.1:${upstreamPort}; ${POOL} }
  server {
    listen 127.0.0.1:${port} backlog=4096;
    limit_req zone=clients burst=100000 nodelay;
    proxy_http_version 1.1;
    proxy_set_header Connection "";
    proxy_set_header Host $http_host;
    proxy_set_header X-Request-Id $request_id;
    proxy_set_header X-Forwarded-For $remote_addr;
    proxy_set_header X-Forwarded-Proto $scheme;
    proxy_set_header X-Forwarded-Host $http_host;
    proxy_set_header Via "1.1 bench";
    add_header X-Request-Id $request_id;
${servicePrefixes(1_000)
  .map(
    (prefix, index) =>
      `    location ${prefix}/ { set $route service-${index + 1}; proxy_pass http://backend; }`,
  )
  .join('\n')}
  }`,
    });
    return new RunningContender({ name: NAME, port, accessLog, process });
  },
};
