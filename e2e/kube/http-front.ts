/** An HTTP relay before the API server that counts what passes, answers in its place, holds answers back, and cuts. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { Agent, request } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';

export interface Seen {
  method: string;
  url: string;
  userAgent: string;
  atMs: number;
}

/** What happens to requests that match, in place of being relayed. */
export interface Intervention {
  match: (method: string, url: string) => boolean;
  /** How many times; default: until taken away. */
  times?: number;
  act: (response: ServerResponse) => void;
}

export class HttpFront {
  readonly seen: Seen[] = [];
  readonly sockets = new Set<Socket>();
  readonly #server: Server;
  readonly #agent = new Agent({ rejectUnauthorized: false });
  readonly #port: number;
  #interventions: Required<Intervention>[] = [];

  static async start(apiServerPort: number): Promise<HttpFront> {
    const front = new HttpFront(apiServerPort);
    await new Promise<void>((resolve) => front.#server.listen(0, '127.0.0.1', resolve));
    return front;
  }

  private constructor(apiServerPort: number) {
    this.#port = apiServerPort;
    this.#server = createServer((incoming, response) => this.#take(incoming, response));
    this.#server.on('connection', (socket) => {
      this.sockets.add(socket);
      socket.on('close', () => this.sockets.delete(socket));
      socket.on('error', () => {});
    });
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  count(match: (seen: Seen) => boolean): number {
    return this.seen.filter(match).length;
  }

  /** The result takes it away. */
  intervene(intervention: Intervention): () => void {
    const entry = { times: Number.POSITIVE_INFINITY, ...intervention };
    this.#interventions.push(entry);
    return () => {
      this.#interventions = this.#interventions.filter((each) => each !== entry);
    };
  }

  /** Every connection ends with RST. */
  reset(): void {
    for (const socket of this.sockets) socket.resetAndDestroy();
  }

  async close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    this.#agent.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #take(incoming: IncomingMessage, response: ServerResponse): void {
    const { method = '', url = '', headers } = incoming;
    this.seen.push({ method, url, userAgent: headers['user-agent'] ?? '', atMs: performance.now() });
    const intervention = this.#interventions.find((each) => each.times > 0 && each.match(method, url));
    if (intervention !== undefined) {
      intervention.times -= 1;
      incoming.resume();
      intervention.act(response);
      return;
    }
    this.#relay(incoming, response);
  }

  #relay(incoming: IncomingMessage, response: ServerResponse): void {
    const { method, url, headers } = incoming;
    const target = { host: '127.0.0.1', port: this.#port, agent: this.#agent };
    const outgoing = request({ ...target, method, path: url, headers }, (answer) => {
      response.writeHead(answer.statusCode!, answer.headers);
      response.flushHeaders();
      answer.pipe(response);
      answer.on('error', () => response.destroy());
    });
    outgoing.on('error', () => response.destroy());
    response.on('close', () => outgoing.destroy());
    incoming.pipe(outgoing);
  }
}

/** Answers with a Status, as the API server itself would. */
export function status(code: number, reason: string, headers: Record<string, string> = {}) {
  return (response: ServerResponse): void => {
    response.writeHead(code, { 'content-type': 'application/json', ...headers });
    response.end(
      JSON.stringify({ kind: 'Status', apiVersion: 'v1', status: 'Failure', reason, code, message: reason }),
    );
  };
}

export function isWatch(_method: string, url: string): boolean {
  return url.includes('watch=true');
}

export function isList(method: string, url: string): boolean {
  return method === 'GET' && url.includes('limit=');
}
