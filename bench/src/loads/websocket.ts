/** WebSocket echo: 64 connections, each sends a message when the one before has come back. */
import { join } from 'node:path';
import { BackendProcess } from '@holdfast/e2e/harness/backend-process.ts';
import { Latencies } from '@holdfast/e2e/load/latencies.ts';
import { CADDY } from '../contenders/caddy.ts';
import type { Contender, RunningContender } from '../contenders/contender.ts';
import { HAPROXY } from '../contenders/haproxy.ts';
import { HTTP_PROXY } from '../contenders/http-proxy.ts';
import { NGINX, NGINX_AGAIN } from '../contenders/nginx.ts';
import { OURS } from '../contenders/ours.ts';
import { WEBSOCKET_PATH } from '../contenders/paths.ts';
import type { LoadReport } from '../report/load-report.ts';
import { EchoConnection, MESSAGE_BYTES } from './echo-connection.ts';
import { type LoadAccount, saturate } from './saturation.ts';
import { saturationTable } from './saturation-table.ts';
import { type Bench, onStage } from './stage.ts';

const CONTENDERS: readonly Contender[] = [NGINX, HAPROXY, NGINX_AGAIN, CADDY, HTTP_PROXY, OURS];
const CONNECTIONS = 64;

export function webSocketEcho(bench: Bench): Promise<LoadReport> {
  return onStage(bench, 'websocket', async (stage) => {
    const upstream = stage.own(await BackendProcess.start('echo', join(stage.directory, 'echo.log')));
    const running: RunningContender[] = [];
    for (const contender of CONTENDERS) running.push(await stage.start(contender, upstream));
    const extent = bench.quick ? { rounds: 3, seconds: 1 } : { rounds: 5, seconds: 3 };
    const medians = await saturate(bench, running, { load: exchange, ...extent });
    return {
      title: `WebSocket echo over ${CONNECTIONS} connections, ${MESSAGE_BYTES} bytes a message`,
      ...saturationTable(CONTENDERS, medians),
      remarks: [
        'A request here is a message there and back. The echo is a Node.js program on the load core and the limit for most: read the CPU, not the rate.',
      ],
      figures: {},
    };
  });
}

/** Opens the connections, sends for so many seconds, and closes them. */
async function exchange({ port }: RunningContender, seconds: number): Promise<LoadAccount> {
  const opening = Array.from({ length: CONNECTIONS }, () => EchoConnection.open(port, WEBSOCKET_PATH));
  const connections = await Promise.all(opening);
  const latencies = new Latencies();
  const start = performance.now();
  const end = start + seconds * 1_000;
  let requests = 0;
  const converse = async (connection: EchoConnection): Promise<void> => {
    for (let sent = start; sent < end; requests += 1) {
      sent = performance.now();
      await connection.exchange();
      latencies.add(performance.now() - sent);
    }
  };
  await Promise.all(connections.map(converse));
  const elapsed = (performance.now() - start) / 1_000;
  for (const connection of connections) connection.close();
  const [p50Us, p99Us] = [0.5, 0.99].map((share) => latencies.percentile(share) * 1_000);
  return { requests, seconds: elapsed, p50Us: p50Us!, p99Us: p99Us! };
}
