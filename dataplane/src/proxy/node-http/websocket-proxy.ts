/** http-proxy with the parts of it that are safe to use: the handshake and the two pipes of a WebSocket. */
import { Agent, type ClientRequest, type IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import httpProxy from 'http-proxy';
import { type Fields, fieldsObject } from '../fields.ts';

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

  /** Throws where node:http finds that the handshake can't be written as HTTP. */
  open(handshake: Handshake, events: HandshakeEvents): void {
    const { client, clientHead, upstream, path, fields } = handshake;
    const options = {
      target: { protocol: 'http:', host: upstream.remoteAddress ?? '', port: upstream.remotePort ?? 0 },
      agent: new OneConnection(upstream),
      // Else it takes the path apart and puts it together in its own way.
      toProxy: true,
    };
    const prepare = (upstreamRequest: ClientRequest): void => {
      // It has made one slash of several, and several of one.
      upstreamRequest.path = path;
      // Before http-proxy's own listener, which writes these fields to the client as they are.
      upstreamRequest.once('upgrade', (response) => {
        response.headers = fieldsObject(events.switched(response)) as typeof response.headers;
      });
      // Its own listener, which is not there yet, writes the body of a chunked refusal without its chunks.
      queueMicrotask(() => upstreamRequest.removeAllListeners('response').once('response', events.refused));
    };
    // http-proxy reads of a request only these, and passes every field on: so it gets clean ones.
    const request = { method: 'GET', url: path, headers: fieldsObject(fields) } as unknown as IncomingMessage;
    this.#proxy.once('proxyReqWs', prepare);
    try {
      this.#proxy.ws(request, client, clientHead, options, (error) => events.failed(error));
    } finally {
      this.#proxy.off('proxyReqWs', prepare);
    }
  }
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
