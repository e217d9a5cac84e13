/** Answers `/status`, `/status/ready` and `/metrics` from what the supervisor knows; it never waits for a worker. */
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { StatusDocument } from '@holdfast/protocol/status/status-document.ts';
import { formatHostPort, type HostPort } from '@holdfast/protocol/values/address.ts';
import express, { type ErrorRequestHandler, type Express } from 'express';
import { StartError } from '../errors.ts';

export interface StatusSource {
  status: () => StatusDocument;
  metrics: () => Promise<{ contentType: string; text: string }>;
}

const PATHS = ['/status', '/status/ready', '/metrics'];
/** Probes and scrapers are few; more is a mistake or an attack, and must not take the descriptors of traffic. */
const CONNECTIONS_MOST = 256;

export class StatusApi {
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
  }

  /** Throws a StartError where the address can't be bound. */
  static async start(address: HostPort, source: StatusSource): Promise<StatusApi> {
    const server = createServer(buildApp(source));
    server.headersTimeout = 5_000;
    server.requestTimeout = 10_000;
    server.keepAliveTimeout = 75_000;
    server.maxConnections = CONNECTIONS_MOST;
    server.listen(address.port, address.host);
    try {
      await once(server, 'listening');
    } catch (error) {
      const where = formatHostPort(address);
      throw new StartError(
        'STATUS_NOT_BOUND',
        `status API on ${where} cannot be bound: ${(error as Error).message}`,
      );
    }
    // A connection that can't be accepted, as when descriptors run out, is the probe's loss and not the end of the instance.
    server.on('error', () => {});
    return new StatusApi(server);
  }

  get address(): HostPort {
    const { address, port } = this.#server.address() as AddressInfo;
    return { host: address, port };
  }

  /** Ends at once, also connections that are kept. */
  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }
}

function buildApp({ status, metrics }: StatusSource): Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.use((_request, response, next) => {
    response.set('Cache-Control', 'no-store');
    next();
  });
  app.get('/status', (_request, response) => {
    const document = status();
    response.status(document.healthy ? 200 : 503).json(document);
  });
  app.get('/status/ready', (_request, response) => {
    const document = status();
    response.status(document.ready ? 200 : 503).json(document);
  });
  app.get('/metrics', async (_request, response) => {
    const { contentType, text } = await metrics();
    response.set('Content-Type', contentType).send(text);
  });
  app.all(PATHS, (_request, response) => {
    response.set('Allow', 'GET, HEAD').status(405).json({ error: 'only GET and HEAD are allowed' });
  });
  app.use((_request, response) => {
    response.status(404).json({ error: 'not found', paths: PATHS });
  });
  app.use(answerError);
  return app;
}

/** Express knows an error handler by its four parameters. */
const answerError: ErrorRequestHandler = (error, _request, response, next) => {
  if (response.headersSent) return next(error);
  const status = typeof error.status === 'number' ? error.status : 500;
  response.status(status).json({ error: status < 500 ? 'bad request' : 'internal error' });
};
