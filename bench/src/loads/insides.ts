/** What is seen inside, in short runs apart because looking costs: system calls and garbage collections a request. */
import { join } from 'node:path';
import { CADDY } from '../contenders/caddy.ts';
import type { Contender } from '../contenders/contender.ts';
import { HAPROXY } from '../contenders/haproxy.ts';
import { HTTP_PROXY } from '../contenders/http-proxy.ts';
import { NGINX } from '../contenders/nginx.ts';
import { NGINX_EQUAL } from '../contenders/nginx-equal.ts';
import { NGINX_LUA } from '../contenders/nginx-lua.ts';
import { OURS } from '../contenders/ours.ts';
import { CollectionCounts, type Collections } from '../measures/collections.ts';
import { countSystemCalls } from '../measures/system-calls.ts';
import type { LoadReport } from '../report/load-report.ts';
import { type Bench, onStage, type Stage } from './stage.ts';
import { wrk } from './wrk.ts';

const ON_NODE: readonly Contender[] = [HTTP_PROXY, OURS];
const CONTENDERS: readonly Contender[] = [NGINX, NGINX_EQUAL, NGINX_LUA, HAPROXY, CADDY, ...ON_NODE];
const BODY_BYTES = 1_024;
const LOAD = wrk({ connections: 64, close: false, bodyBytes: BODY_BYTES });
const WARM_UP_SECONDS = 2;
const SECONDS = 3;

interface Insides {
  systemCalls: number;
  /** A thousand requests; undefined where there is no such collector. */
  collections: Collections | undefined;
}

export function insides(bench: Bench): Promise<LoadReport> {
  return onStage(bench, 'insides', async (stage) => {
    const upstream = await stage.upstream(BODY_BYTES);
    const rows: string[][] = [];
    for (const contender of CONTENDERS) {
      const { systemCalls, collections } = await lookInside(stage, contender, upstream);
      bench.progress.step(`${contender.name.padEnd(20)} ${systemCalls.toFixed(2)} system calls a request`);
      rows.push([
        contender.title,
        systemCalls.toFixed(2),
        collections?.count.toFixed(3) ?? '',
        collections?.pauseMs.toFixed(3) ?? '',
      ]);
    }
    return {
      title: 'Inside, at 1 KB over 64 kept connections',
      columns: ['contender', 'system calls a request', 'collections a 1,000', 'ms of them a 1,000'],
      rows,
      remarks: ['System calls of all threads and processes by `strace -f -c`, which slows what it counts.'],
      figures: {},
    };
  });
}

async function lookInside(stage: Stage, contender: Contender, upstream: { port: number }): Promise<Insides> {
  const counts = ON_NODE.includes(contender)
    ? new CollectionCounts(join(stage.directory, `collections-${contender.name}`))
    : undefined;
  const running = await stage.start(contender, upstream, counts?.env);
  await LOAD(running, WARM_UP_SECONDS);
  let requests = 0;
  const load = async (): Promise<void> => {
    requests = (await LOAD(running, SECONDS)).requests;
  };
  const collected = await counts?.during(load);
  const collections = collected && {
    count: (collected.count * 1_000) / requests,
    pauseMs: (collected.pauseMs * 1_000) / requests,
  };
  const calls = await countSystemCalls(
    running.pids(),
    join(stage.directory, `${contender.name}.strace`),
    load,
  );
  return { systemCalls: calls / requests, collections };
}
