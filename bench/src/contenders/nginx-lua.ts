/** nginx with a gateway's work done in Lua, by the phases in which the field's Lua gateways do it. */
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Contender, RunningContender } from './contender.ts';
import { JSON_LOG } from './nginx-log.ts';
import { POOL, startNginx } from './nginx-process.ts';

const NAME = 'nginx+Lua';
const PROGRAM = new URL('./gateway.lua', import.meta.url);

export const NGINX_LUA: Contender = {
  name: NAME,
  title: 'nginx with routes, token bucket, request id, headers, balancer and histogram in Lua, JSON log',
  start: async ({ directory, core, upstreamPort }) => {
    const accessLog = join(directory, 'access.log');
    copyFileSync(PROGRAM, join(directory, 'gateway.lua'));
    const { port, process } = await startNginx({
      name: NAME,
      directory,
      core,
      main: MODULES,
      http: (port) => `
  ${JSON_LOG}
  access_log ${accessLog} gateway buffer=64k flush=1s;
  proxy_max_temp_file_size 0;
  lua_package_path '${directory}/?.lua;/usr/share/lua/5.1/?.lua;;';
  lua_shared_dict buckets 1m;
  lua_shared_dict histogram 10m;
  init_by_lua_block { gateway = require('gateway')(1000, ${upstreamPort}) }
  upstream backend {
    server 0.0.0.1;
    balancer_by_lua_block { gateway.balance() }
    ${POOL}
  }
  server {
    listen 127.0.0.1:${port} backlog=4096;
    location / {
      set $route '';
      access_by_lua_block { gateway.access() }
      header_filter_by_lua_block { gateway.header_filter() }
      log_by_lua_block { gateway.log() }
      proxy_pass http://backend;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
    }
  }`,
    });
    return new RunningContender({ name: NAME, port, accessLog, process });
  },
};

/** Debian's packages name them in /etc/nginx/modules-enabled, which a configuration of ours does not read. */
const MODULES = `load_module /usr/lib/nginx/modules/ndk_http_module.so;
load_module /usr/lib/nginx/modules/ngx_http_lua_module.so;`;
