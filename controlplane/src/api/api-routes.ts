/** The read-only HTTP API: instances, revisions, metrics and the status of the control plane itself. */
import express, { type Express, type NextFunction, type Request, type Response } from 'express';
import { Registry } from 'prom-client';
import type { Fleet } from '../fleet/fleet.ts';
import type { Publication } from '../revisions/publication.ts';
import { revisionViews } from './revision-views.ts';

export interface ControlPlaneStatus {
  controlPlane: string;
  version: string;
  ready: boolean;
  /** Why it is not ready. */
  reasons: { code: keyof typeof READINESS_REASONS; message: string }[];
}

/** Every reason not to be ready with what it means; the reference documentation lists them from here. */
export const READINESS_REASONS = {
  SourceNotSynced: 'the source has not been read completely since the start',
  NotListening: 'the stream does not listen yet, or no longer',
} as const;

export interface ApiParts {
  fleet: Fleet;
  publications(): Iterable<Publication>;
  /** The metrics in Prometheus' text format. */
  scrape(): Promise<string>;
  status(): ControlPlaneStatus;
}

export function apiRoutes({ fleet, publications, scrape, status }: ApiParts): Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.get('/api/v1/instances', (_request, response) => void response.json(fleet.list()));
  app.get('/api/v1/revisions', (_request, response) => void response.json(revisionViews(publications())));
  app.get('/metrics', async (_request, response) => {
    response.type(Registry.PROMETHEUS_CONTENT_TYPE).send(await scrape());
  });
  app.get('/status', (_request, response) => void response.json(status()));
  app.get('/status/ready', (_request, response) => {
    const document = status();
    response.status(document.ready ? 200 : 503).json(document);
  });
  app.use((request: Request, response: Response) => {
    const readable = request.method === 'GET' || request.method === 'HEAD';
    if (!readable) response.set('allow', 'GET, HEAD');
    const reason = readable ? 'NotFound' : 'MethodNotAllowed';
    response.status(readable ? 404 : 405).json({ reason, message: `${request.method} ${request.path}` });
  });
  app.use((_error: unknown, _request: Request, response: Response, _next: NextFunction) => {
    response.status(500).json({ reason: 'Internal', message: 'the request could not be answered' });
  });
  return app;
}
