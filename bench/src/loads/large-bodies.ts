/** Bodies of 64 KB and of 1 MB: what it costs to move bytes. */
import type { Contender } from '../contenders/contender.ts';
import { HAPROXY } from '../contenders/haproxy.ts';
import { HTTP_PROXY } from '../contenders/http-proxy.ts';
import { NGINX, NGINX_AGAIN } from '../contenders/nginx.ts';
import { OURS } from '../contenders/ours.ts';
import type { Measured } from '../report/figures.ts';
import type { LoadReport } from '../report/load-report.ts';
import type { Saturation } from './saturation.ts';
import { sideBySide } from './side-by-side.ts';
import type { Bench } from './stage.ts';

const CONTENDERS: readonly Contender[] = [NGINX, HAPROXY, NGINX_AGAIN, HTTP_PROXY, OURS];
const LOAD = { contenders: CONTENDERS, close: false, rounds: 5, seconds: 3 };

export function bodies64k(bench: Bench): Promise<LoadReport> {
  return sideBySide(bench, {
    ...LOAD,
    name: '64k',
    title: '64 KB over 64 kept connections',
    bodyBytes: 64 * 1_024,
    connections: 64,
    figures: (of) => ({ rate64k: overNginx(of, 'requestsPerSecond') }),
  });
}

export function bodies1m(bench: Bench): Promise<LoadReport> {
  return sideBySide(bench, {
    ...LOAD,
    name: '1m',
    title: '1 MB over 16 kept connections',
    bodyBytes: 1_024 * 1_024,
    connections: 16,
    figures: (of) => ({
      rate1m: overNginx(of, 'requestsPerSecond'),
      p99At1m: overNginx(of, 'p99Us'),
    }),
  });
}

/** The aim is what HAProxy reaches. */
function overNginx(of: (contender: Contender) => Saturation, field: keyof Saturation): Measured {
  const nginx = of(NGINX)[field];
  return { value: of(OURS)[field] / nginx, aim: of(HAPROXY)[field] / nginx };
}
