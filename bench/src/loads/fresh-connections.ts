/** A connection for every request. */
import { CADDY } from '../contenders/caddy.ts';
import { HAPROXY } from '../contenders/haproxy.ts';
import { HTTP_PROXY } from '../contenders/http-proxy.ts';
import { NGINX, NGINX_AGAIN } from '../contenders/nginx.ts';
import { OURS } from '../contenders/ours.ts';
import type { LoadReport } from '../report/load-report.ts';
import { sideBySide } from './side-by-side.ts';
import type { Bench } from './stage.ts';

export function freshConnections(bench: Bench): Promise<LoadReport> {
  return sideBySide(bench, {
    name: 'fresh-connections',
    title: '1 KB, a connection a request, 64 at a time',
    contenders: [NGINX, HAPROXY, NGINX_AGAIN, CADDY, HTTP_PROXY, OURS],
    bodyBytes: 1_024,
    connections: 64,
    close: true,
    rounds: 5,
    seconds: 3,
    figures: (of) => ({
      freshConnections: { value: of(OURS).requestsPerSecond / of(NGINX).requestsPerSecond },
    }),
  });
}
