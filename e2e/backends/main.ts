/** A backend for tests, the demo and the sample on Kubernetes: it echoes, delays, streams and speaks WebSocket, each when asked. */
import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { WebSocketServer } from 'ws';
import { type Echo, TOKEN_HEADER } from './echo.ts';

/** Longer than any proxy's pool keeps an idle connection, so that a close never crosses a request on the wire. */
const KEEP_ALIVE_MS = 300_000;
const STREAM_INTERVAL_MS = 100;

const { values: settings } = parseArgs({
  options: {
    name: { type: 'string', default: 'backend' },
    host: { type: 'string', default: '127.0.0.1' },
    port: { type: 'string', default: '0' },
    /** For how long it still serves after SIGTERM: until every proxy has heard that it ends. */
    'end-delay-ms': { type: 'string', default: '0' },
  },
});
let ending = false;

/** What requests are answered with from now on, those to `/healthz` apart. */
const mode = { status: 200, health: 200 };

/**
 * `?delay=MS` waits, `?status=CODE` answers with it, `?bytes=N` adds padding, `/stream` never ends, `/healthz` says
 * how it is, and `/mode?status=CODE&health=CODE` changes the mode.
 */
async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://backend.invalid');
  if (url.pathname === '/healthz') {
    response.writeHead(mode.health).end();
    return;
  }
  if (url.pathname === '/mode') {
    for (const what of ['status', 'health'] as const) {
      mode[what] = Number(url.searchParams.get(what) ?? mode[what]);
    }
    response.end();
    return;
  }
  if (url.pathname.endsWith('/stream')) {
    stream(response);
    return;
  }
  const echo = await echoOf(request);
  await delay(Number(url.searchParams.get('delay') ?? 0), response);
  const padding = 'x'.repeat(Math.min(10_000_000, Number(url.searchParams.get('bytes') ?? 0)));
  const body = JSON.stringify(padding === '' ? echo : { ...echo, padding });
  response.writeHead(Number(url.searchParams.get('status') ?? mode.status), {
    'Content-Type': 'application/json',
    'Content-Length': Buffer.byteLength(body),
    'Backend-Name': settings.name,
    ...(ending ? { Connection: 'close' } : {}),
  });
  response.end(body);
}

async function echoOf(request: IncomingMessage): Promise<Echo> {
  const digest = createHash('sha256');
  let bodyBytes = 0;
  for await (const chunk of request) {
    digest.update(chunk);
    bodyBytes += chunk.length;
  }
  const token = request.headers[TOKEN_HEADER.toLowerCase()];
  return {
    backend: settings.name,
    method: request.method ?? '',
    path: request.url ?? '',
    token: typeof token === 'string' ? token : null,
    bodyBytes,
    bodySha256: digest.digest('hex'),
    headers: request.headers,
  };
}

function delay(ms: number, response: ServerResponse): Promise<void> {
  if (!(ms > 0)) return Promise.resolve();
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, Math.min(ms, 60_000));
    response.once('close', () => clearTimeout(timer));
  });
}

function stream(response: ServerResponse): void {
  response.writeHead(200, { 'Content-Type': 'text/plain', 'Backend-Name': settings.name });
  let line = 0;
  const timer = setInterval(() => response.write(`${line++}\n`), STREAM_INTERVAL_MS);
  response.once('close', () => clearInterval(timer));
}

const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS, requestTimeout: 0 }, (request, response) => {
  answer(request, response).catch(() => response.destroy());
});
const sockets = new WebSocketServer({ server });
sockets.on('connection', (socket) => {
  socket.on('error', () => socket.terminate());
  socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary }));
});

process.once('SIGTERM', async () => {
  ending = true;
  await wait(Number(settings['end-delay-ms']));
  // What is queued on the listener is accepted first: closing it resets the connections that nobody has accepted yet.
  await new Promise((resolve) => setImmediate(resolve));
  for (const socket of sockets.clients) socket.close(1001);
  server.close(() => process.exit(0));
  server.closeIdleConnections();
});

server.listen(Number(settings.port), settings.host, 4_096, () => {
  const { address, port } = server.address() as AddressInfo;
  process.stdout.write(
    `${JSON.stringify({ msg: 'listening', name: settings.name, address: `${address}:${port}` })}\n`,
  );
});
