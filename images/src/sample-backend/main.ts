/** A backend for samples and scenarios: it answers with what it received, and says which pod on which node answers. */
import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';

/** Longer than any proxy's pool keeps an idle connection, so that a close never crosses a request on the wire. */
const KEEP_ALIVE_MS = 300_000;
/** Until every proxy has heard that this pod ends. */
const END_DELAY_MS = 5_000;

const { PORT = '8080', POD_NAME: backend = 'sample-backend', NODE_NAME: node = '' } = process.env;

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const digest = createHash('sha256');
  let bodyBytes = 0;
  for await (const chunk of request) {
    digest.update(chunk);
    bodyBytes += chunk.length;
  }
  const body = `${JSON.stringify({
    backend,
    node,
    method: request.method,
    path: request.url,
    token: request.headers['echo-token'] ?? null,
    bodyBytes,
    bodySha256: digest.digest('hex'),
    headers: request.headers,
  })}\n`;
  response.writeHead(200, {
    'Content-Type': 'application/json',
    'Content-Length': Buffer.byteLength(body),
    'Backend-Name': backend,
  });
  response.end(body);
}

const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS, requestTimeout: 0 }, (request, response) => {
  answer(request, response).catch(() => response.destroy());
});

process.once('SIGTERM', async () => {
  await delay(END_DELAY_MS);
  server.close(() => process.exit(0));
  server.closeIdleConnections();
});

server.listen(Number(PORT), '0.0.0.0');
