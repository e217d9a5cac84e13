/** The main load: 1 KB over 64 kept connections, all contenders side by side. */
import { CADDY } from '../contenders/caddy.ts';
import { HAPROXY } from '../contenders/haproxy.ts';
import { HTTP_PROXY } from '../contenders/http-proxy.ts';
import { NGINX, NGINX_AGAIN } from '../contenders/nginx.ts';
import { NGINX_EQUAL } from '../contenders/nginx-equal.ts';
import { NGINX_LUA } from '../contenders/nginx-lua.ts';
import { OURS, OURS_TEN_ROUTES } from '../contenders/ours.ts';
import type { LoadReport } from '../report/load-report.ts';
import { sideBySide } from './side-by-side.ts';
import type { Bench } from './stage.ts';

export function keepAlive(bench: Bench): Promise<LoadReport> {
  return sideBySide(bench, {
    name: 'keep-alive',
    title: '1 KB over 64 kept connections',
    contenders: [
      ...[NGINX, NGINX_EQUAL, NGINX_LUA, HAPROXY],
      ...[NGINX_AGAIN, CADDY, HTTP_PROXY, OURS_TEN_ROUTES, OURS],
    ],
    bodyBytes: 1_024,
    connections: 64,
    close: false,
    rounds: 7,
    seconds: 3,
    figures: (of) => ({
      documented: { value: of(OURS).cpuUs / of(NGINX).cpuUs },
      overEqual: { value: of(OURS).cpuUs / of(NGINX_EQUAL).cpuUs },
      overLua: { value: of(OURS).cpuUs / of(NGINX_LUA).cpuUs },
      httpProxy: { value: of(HTTP_PROXY).cpuUs / of(OURS).cpuUs },
    }),
  });
}
