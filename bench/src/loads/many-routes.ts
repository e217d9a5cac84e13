/** 10,000 routes against 10, all of them asked for in turn. */
import { NGINX, NGINX_AGAIN } from '../contenders/nginx.ts';
import { OURS_MANY_ROUTES, OURS_TEN_ROUTES } from '../contenders/ours.ts';
import type { LoadReport } from '../report/load-report.ts';
import { sideBySide } from './side-by-side.ts';
import type { Bench } from './stage.ts';

export function manyRoutes(bench: Bench): Promise<LoadReport> {
  return sideBySide(bench, {
    name: 'many-routes',
    title: '10,000 routes against 10',
    contenders: [NGINX, OURS_TEN_ROUTES, NGINX_AGAIN, OURS_MANY_ROUTES],
    bodyBytes: 1_024,
    connections: 64,
    close: false,
    rounds: 7,
    seconds: 3,
    figures: (of) => ({
      manyRoutes: { value: (of(OURS_MANY_ROUTES).cpuUs / of(OURS_TEN_ROUTES).cpuUs - 1) * 100 },
    }),
  });
}
