/** One client connection that carries one request at a time and tells exactly how each of them ended. */
import { connect, type Socket } from 'node:net';
import { MalformedResponse, type Response, readResponse } from './response.ts';

/** Every way in which a request can fail, with what it means. */
export const FAILURES = {
  ConnectFailed: 'the connection could not be opened',
  Reset: 'the connection was reset before the response was complete',
  Closed: 'the connection was closed before the response was complete',
  Timeout: 'no complete response within the time allowed',
  Malformed: 'the answer is not a well-formed HTTP response, or too long',
  ServerError: 'the response has a status of 500 or more',
  WrongBody: 'a complete response that is not the answer to this request',
  NoConnection: 'the generator reached its bound of kept connections',
} as const;

export type FailureKind = keyof typeof FAILURES;

export type Exchange =
  | { response: Response; failure?: undefined }
  | { response?: undefined; failure: FailureKind; detail: string };

const MAX_RESPONSE_BYTES = 1_048_576;

export class Connection {
  readonly #socket: Socket;
  #connected = false;
  #usable = true;
  #received: Buffer = Buffer.alloc(0);
  #pending: { finish: (exchange: Exchange) => void; timer: NodeJS.Timeout } | undefined;
  /** Called once, when the connection can carry no further request. */
  readonly #onEnd: () => void;
  exchanges = 0;

  constructor(target: { host: string; port: number }, onEnd: () => void = () => {}) {
    this.#onEnd = onEnd;
    this.#socket = connect({ ...target, noDelay: true });
    this.#socket.on('connect', () => {
      this.#connected = true;
    });
    this.#socket.on('data', (bytes: Buffer) => this.#take(bytes));
    this.#socket.on('end', () => this.#ended());
    this.#socket.on('error', (error: NodeJS.ErrnoException) => this.#broken(error));
    this.#socket.on('close', () => this.#fail('Closed', 'closed without an answer'));
  }

  /** True until the server ends it, says `Connection: close`, or a request on it fails. */
  get usable(): boolean {
    return this.#usable;
  }

  /** Never rejects. Must not be called while another exchange is under way. */
  exchange(request: Buffer, timeoutMs: number): Promise<Exchange> {
    this.exchanges += 1;
    this.#received = Buffer.alloc(0);
    return new Promise((resolve) => {
      const timer = setTimeout(
        () => this.#fail('Timeout', `nothing complete after ${timeoutMs} ms`),
        timeoutMs,
      );
      this.#pending = { finish: resolve, timer };
      this.#socket.write(request);
    });
  }

  close(): void {
    this.#socket.destroy();
    this.#retire();
  }

  #take(bytes: Buffer): void {
    if (this.#pending === undefined) {
      this.close();
      return;
    }
    this.#received = this.#received.length === 0 ? bytes : Buffer.concat([this.#received, bytes]);
    if (this.#received.length > MAX_RESPONSE_BYTES) this.#fail('Malformed', 'the response is too long');
    else this.#read(false);
  }

  #ended(): void {
    if (this.#pending !== undefined) this.#read(true);
    this.#fail('Closed', `ended after ${this.#received.length} bytes of the response`);
    this.close();
  }

  #broken(error: NodeJS.ErrnoException): void {
    const reason = error.code ?? error.message;
    if (this.#connected)
      this.#fail('Reset', `${reason} after ${this.#received.length} bytes of the response`);
    else this.#fail('ConnectFailed', reason);
  }

  #read(ended: boolean): void {
    try {
      const response = readResponse(this.#received, ended);
      if (response !== undefined) this.#succeed(response);
    } catch (error) {
      if (!(error instanceof MalformedResponse)) throw error;
      this.#fail('Malformed', error.message);
    }
  }

  #succeed(response: Response): void {
    if (!response.reusable) this.close();
    this.#finish({ response });
  }

  #fail(failure: FailureKind, detail: string): void {
    this.close();
    this.#finish({ failure, detail });
  }

  #finish(exchange: Exchange): void {
    if (this.#pending === undefined) return;
    const { finish, timer } = this.#pending;
    this.#pending = undefined;
    clearTimeout(timer);
    finish(exchange);
  }

  #retire(): void {
    if (!this.#usable) return;
    this.#usable = false;
    this.#onEnd();
  }
}
