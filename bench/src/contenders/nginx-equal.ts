/** nginx made to do a gateway's work by its own modules: many routes, a rate limit, a request id, forwarding headers, a JSON log. */
import { join } from 'node:path';
import type { Contender } from './contender.ts';
import { JSON_LOG } from './nginx-log.ts';
import { POOL, startNginx } from './nginx-process.ts';
import { serviceNames } from './paths.ts';
import { ReconfigurableContender } from './reconfigurable.ts';

const NAME = 'nginx equal';
const ROUTES = 1_000;

export const NGINX_EQUAL: Contender<ReconfigurableContender> = {
  name: NAME,
  title: 'nginx with 1,000 locations, limit_req, request id, forwarding headers, JSON log',
  start: async ({ directory, core, upstreamPort }) => {
    const accessLog = join(directory, 'access.log');
    const locations = serviceNames(ROUTES).map((name) => location(name, 0));
    const { port, process, reconfigure } = await startNginx({
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
    ${locations.join('\n    ')}
  }`,
    });
    const configuration = {
      changeOne: (edition: number): void => {
        const index = edition % ROUTES;
        locations[index] = location(serviceNames(ROUTES)[index]!, edition);
        reconfigure();
      },
      changeAll: (edition: number): void => {
        for (const [index, name] of serviceNames(ROUTES).entries())
          locations[index] = location(name, edition);
        reconfigure();
      },
      taken: () => Promise.resolve(undefined),
    };
    return new ReconfigurableContender({ name: NAME, port, accessLog, process, configuration });
  },
};

function location(name: string, edition: number): string {
  return `location /${name}/ { set $route ${name}; proxy_read_timeout ${60 + edition}s; proxy_pass http://backend; }`;
}
