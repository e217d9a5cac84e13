/** http-proxy with the parts of it that are safe to use: the handshake and the two pipes of a WebSocket. */
import { Agent, type ClientRequest, type IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import httpProxy from 'http-proxy';
import { type Fields, fieldsObject } from './fields.ts';

export interface Handshake {
  /** With query. */
  path: string;
  fields: Fields;
  client: Socket;
  /** What came behind the client's head. */
  clientHead: Buffer;
  /** Connected. */
  upstream: Socket;
}

export interface HandshakeEvents {
  /** The backend switches; what is returned goes to the client as the fields of the 101. */
  switched(response: IncomingMessage): Fields;
  refused(response: IncomingMessage): void;
  failed(error: NodeJS.ErrnoException): void;
}

export class WebSocketProxy {
  readonly #proxy = httpProxy.createProxyServer();
  readonly #events = new WeakMap<object, HandshakeEvents>();

  constructor() {
    // It is called before http-proxy adds its own listeners, so ours come first.
    this.#proxy.on('proxyReqWs', (upstreamRequest, request) => {
      guard(upstreamRequest, this.#events.get(request)!);
    });
  }

  /** Returns the way to give the handshake up. */
  open(handshake: Handshake, events: HandshakeEvents): void {
    const { client, clientHead, upstream, path, fields } = handshake;
    const request = { method: 'GET', url: path, headers: fieldsObject(fields) };
    this.#events.set(request, events);
    const options = {
      target: { protocol: 'http:', host: upstream.remoteAddress ?? '', port: upstream.remotePort ?? 0 },
      agent: new OneConnection(upstream),
      // Else it takes the path apart and puts it together in its own way.
      toProxy: true,
    };
    // http-proxy reads of a request only what stands in ours, and passes every field on: so it gets clean ones.
    this.#proxy.ws(request as unknown as IncomingMessage, client, clientHead, options, (error) =>
      events.failed(error),
    );
  }
}

function guard(upstreamRequest: ClientRequest, events: HandshakeEvents): void {
  upstreamRequest.once('response', (response) => {
    // http-proxy would write the fields as they are and the body with its chunks taken off: a broken message.
    (response as { upgrade?: boolean }).upgrade = true;
    events.refused(response);
  });
  upstreamRequest.once('upgrade', (response) => {
    // What http-proxy writes to the client a moment later.
    response.headers = fieldsObject(events.switched(response)) as typeof response.headers;
  });
}

/** Hands out a connection that stands already, as http-proxy can't try another endpoint when connecting fails. */
class OneConnection extends Agent {
  readonly #connection: Socket;

  constructor(connection: Socket) {
    super({ keepAlive: false, maxSockets: 1 });
    this.#connection = connection;
  }

  override createConnection(): Socket {
    return this.#connection;
  }
}
