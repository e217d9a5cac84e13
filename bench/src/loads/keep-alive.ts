/** The main load: 1 KB over 64 kept connections, all contenders side by side. */
import { CADDY } from '../contenders/caddy.ts';
import type { Contender, RunningContender } from '../contenders/contender.ts';
import { HAPROXY } from '../contenders/haproxy.ts';
import { HTTP_PROXY } from '../contenders/http-proxy.ts';
import { NGINX, NGINX_AGAIN } from '../contenders/nginx.ts';
import { NGINX_EQUAL } from '../contenders/nginx-equal.ts';
import { NGINX_LUA } from '../contenders/nginx-lua.ts';
import { OURS, OURS_BARE } from '../contenders/ours.ts';
import type { MeasuredFigures } from '../report/figures.ts';
import type { LoadReport } from '../report/load-report.ts';
import { type Saturation, saturate } from './saturation.ts';
import { saturationTable } from './saturation-table.ts';
import { type Bench, onStage } from './stage.ts';

const CONTENDERS: readonly Contender[] = [
  ...[NGINX, NGINX_EQUAL, NGINX_LUA, HAPROXY],
  ...[NGINX_AGAIN, CADDY, HTTP_PROXY, OURS_BARE, OURS],
];
/** The fewest routes that a contender has: all are asked for the same paths. */
const SERVICES = 10;
const BODY_BYTES = 1_024;

export function keepAlive(bench: Bench): Promise<LoadReport> {
  return onStage(bench, 'keep-alive', async (stage) => {
    const upstream = await stage.upstream(BODY_BYTES);
    const running: RunningContender[] = [];
    for (const contender of CONTENDERS) running.push(await stage.start(contender, upstream));
    const medians = await saturate(bench, running, {
      connections: 64,
      services: SERVICES,
      close: false,
      bodyBytes: BODY_BYTES,
      seconds: bench.quick ? 1 : 3,
      rounds: bench.quick ? 3 : 7,
    });
    return {
      title: '1 KB over 64 kept connections',
      ...saturationTable(CONTENDERS, medians),
      remarks: [],
      figures: figuresOf(medians),
    };
  });
}

function figuresOf(medians: ReadonlyMap<string, Saturation>): MeasuredFigures {
  const cpu = ({ name }: Contender): number => medians.get(name)!.cpuUs;
  return {
    documented: { value: cpu(OURS) / cpu(NGINX) },
    overEqual: { value: cpu(OURS) / cpu(NGINX_EQUAL) },
    overLua: { value: cpu(OURS) / cpu(NGINX_LUA) },
    httpProxy: { value: cpu(HTTP_PROXY) / cpu(OURS) },
  };
}
