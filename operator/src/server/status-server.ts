/** Answers `/status`, `/status/ready` and `/metrics` of the operator. Read-only; it holds no secret. */
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { formatHostPort, type HostPort } from '@holdfast/protocol/values/address.ts';
import express, { type ErrorRequestHandler, type Express } from 'express';
import { StartError } from '../errors.ts';

/** What both status paths answer with. */
export interface OperatorStatus {
  version: string;
  /** Every resource has been listed: leader and standby alike. */
  ready: boolean;
  leading: boolean;
  /** Who holds the Lease, as last seen; null before. */
  leader: string | null;
}

export interface StatusSource {
  status: () => OperatorStatus;
  metrics: () => Promise<{ contentType: string; text: string }>;
}

const PATHS = ['/status', '/status/ready', '/metrics'];
/** Probes and scrapers are few; more is a mistake or an attack. */
const CONNECTIONS_MOST = 128;

export class StatusServer {
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
  }

  /** Throws a StartError where the address can't be bound. */
  static async start(address: HostPort, source: StatusSource): Promise<StatusServer> {
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
      throw new StartError('STATUS_NOT_BOUND', `--status ${where}: ${(error as Error).message}`);
    }
    // A connection that can't be accepted, as when descriptors run out, is the probe's loss and not the operator's end.
    server.on('error', () => {});
    return new StatusServer(server);
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
  app.get('/status', (_request, response) => void response.json(status()));
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
