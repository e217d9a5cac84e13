/** An upgraded connection: bytes of another protocol both ways, until one side ends. */
import type { ClientConnection } from './client-connection.ts';
import type { EngineContext } from './engine-context.ts';
import type { RequestRecord } from './request-record.ts';
import type { UpstreamConnection, UpstreamTunnel } from './upstream-connection.ts';

const NEVER = Number.POSITIVE_INFINITY;

export class Tunnel implements UpstreamTunnel {
  readonly #context: EngineContext;
  readonly #record: RequestRecord;
  readonly #client: ClientConnection;
  readonly #upstream: UpstreamConnection;
  readonly #onClose: () => void;
  #deadline = NEVER;
  #ending = false;
  #closed = false;
  #bytesOut = 0;

  /** `onClose` is called once, when both sides have ended. */
  constructor(
    context: EngineContext,
    record: RequestRecord,
    client: ClientConnection,
    upstream: UpstreamConnection,
    onClose: () => void,
  ) {
    this.#context = context;
    this.#record = record;
    this.#client = client;
    this.#upstream = upstream;
    this.#onClose = onClose;
    context.counters.upgraded++;
    context.tunnels.add(this);
  }

  fromClient(bytes: Buffer): void {
    if (this.#upstream.socket.write(bytes)) return;
    this.#client.pause();
    this.#waitForPeer();
  }

  fromUpstream(bytes: Buffer, from: number, to: number): void {
    const { out } = this.#client;
    this.#bytesOut += to - from;
    out.bytes(bytes, from, to, false);
    out.flush();
    if (!out.isFull) return;
    this.#upstream.pause();
    this.#waitForPeer();
  }

  upstreamDrained(): void {
    this.#client.unpause();
    this.#peerReads();
  }

  clientDrained(): void {
    this.#upstream.unpause();
    this.#peerReads();
  }

  upstreamEnded(): void {
    this.#client.socket.end();
    this.#endSoon();
  }

  clientEnded(): void {
    this.#upstream.socket.end();
    this.#endSoon();
  }

  upstreamClosed(): void {
    this.#client.socket.destroySoon();
    this.#endSoon();
  }

  clientClosed(): void {
    this.destroy();
  }

  /** The instance ends. */
  end(): void {
    this.#record.because('Stopped');
    this.#client.socket.end();
    this.#upstream.socket.end();
    this.#endSoon();
  }

  check(now: number): void {
    if (now >= this.#deadline) this.destroy();
  }

  destroy(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#upstream.destroy();
    this.#client.destroy();
    this.#context.counters.upgraded--;
    this.#context.tunnels.delete(this);
    this.#record.finish(this.#bytesOut);
    this.#onClose();
  }

  /** A peer that ignores the end of the other side does not keep the connection. */
  #endSoon(): void {
    if (this.#ending) return;
    this.#ending = true;
    this.#client.unpause();
    this.#upstream.unpause();
    this.#deadline = performance.now() + this.#context.limits.lingerMs;
  }

  /** A reset on a socket that is not read is never noticed. */
  #waitForPeer(): void {
    if (!this.#ending) this.#deadline = performance.now() + this.#context.limits.responseBodyIdleMs;
  }

  #peerReads(): void {
    if (!this.#ending) this.#deadline = NEVER;
  }
}
