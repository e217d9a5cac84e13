/** 10,000 idle kept connections: what a process grows by when they have each made a request and stay. */
import { setTimeout as delay } from 'node:timers/promises';
import { CADDY } from '../contenders/caddy.ts';
import type { Contender, RunningContender } from '../contenders/contender.ts';
import { HAPROXY } from '../contenders/haproxy.ts';
import { HTTP_PROXY } from '../contenders/http-proxy.ts';
import { NGINX } from '../contenders/nginx.ts';
import { OURS } from '../contenders/ours.ts';
import { FIRST_PATH } from '../contenders/paths.ts';
import { proportionalMegabytes } from '../measures/memory.ts';
import type { LoadReport } from '../report/load-report.ts';
import { KeptSockets } from './kept-sockets.ts';
import { type Bench, onStage } from './stage.ts';

const CONTENDERS: readonly Contender[] = [NGINX, HAPROXY, CADDY, HTTP_PROXY, OURS];
const CONNECTIONS = 10_000;
/** Garbage of the requests is collected meanwhile, or not: both is what a user sees. */
const IDLE_MS = 10_000;

interface Growth {
  empty: number;
  idle: number;
}

export function idleConnections(bench: Bench): Promise<LoadReport> {
  return onStage(bench, 'idle', async (stage) => {
    const upstream = await stage.upstream(1_024);
    const growths = new Map<string, Growth>();
    for (const contender of CONTENDERS) {
      const growth = await grow(await stage.start(contender, upstream));
      growths.set(contender.name, growth);
      bench.progress.step(
        `${contender.name.padEnd(20)} ${growth.empty.toFixed(1)} MB empty, ${growth.idle.toFixed(1)} MB`,
      );
    }
    return {
      title: '10,000 idle kept connections',
      columns: ['contender', 'empty MB', 'with them MB', 'more MB', 'KB a connection'],
      rows: CONTENDERS.map(({ name, title }) => {
        const { empty, idle } = growths.get(name)!;
        const kilobytes = ((idle - empty) * 1_000) / CONNECTIONS;
        return [title, ...[empty, idle, idle - empty, kilobytes].map((size) => size.toFixed(1))];
      }),
      remarks: ['PSS over all processes. Each connection has made one request before it stays idle.'],
      figures: { idle: { value: growths.get(OURS.name)!.idle - growths.get(OURS.name)!.empty } },
    };
  });
}

async function grow(contender: RunningContender): Promise<Growth> {
  const empty = proportionalMegabytes(contender.pids());
  const sockets = await KeptSockets.open(contender, FIRST_PATH, CONNECTIONS);
  await delay(IDLE_MS);
  sockets.check();
  const idle = proportionalMegabytes(contender.pids());
  sockets.close();
  return { empty, idle };
}
