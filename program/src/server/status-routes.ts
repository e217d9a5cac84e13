/** Answers `/status`, `/status/ready` and `/metrics` of a program. Read-only; it holds no secret. */
import express, { type ErrorRequestHandler, type Express } from 'express';

/** What `/status` and `/status/ready` answer with: 503 where it is not healthy, or not ready. */
interface Status {
  /** Absent: as long as the program answers. */
  healthy?: boolean;
  ready: boolean;
}

export interface StatusSource<Document extends Status = Status> {
  status: () => Document;
  metrics: () => Promise<{ contentType: string; text: string }>;
}

const PATHS = ['/status', '/status/ready', '/metrics'];

export function statusRoutes({ status, metrics }: StatusSource): Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.use((_request, response, next) => {
    response.set('Cache-Control', 'no-store');
    next();
  });
  app.get('/status', (_request, response) => {
    const document = status();
    response.status(document.healthy === false ? 503 : 200).json(document);
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
