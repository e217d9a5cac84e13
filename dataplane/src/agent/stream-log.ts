/** What the log says of the stream: each change once, not each try of an outage that lasts for days. */
import type { ProtocolError } from '@holdfast/protocol/errors.ts';
import type { Logger } from 'pino';
import type { StreamState } from '../configuration/stream-client.ts';
import type { StreamEnd } from '../configuration/stream-connection.ts';

const MAX_UNKNOWN_TYPES = 16;

export class StreamLog {
  readonly #log: Logger;
  /** By endpoint, why the last try failed. */
  readonly #said = new Map<string, string>();
  readonly #unknown = new Set<string>();

  constructor(log: Logger) {
    this.#log = log;
  }

  state({ connected, endpoint }: StreamState): void {
    if (!connected) return;
    this.#said.clear();
    this.#log.info({ endpoint }, 'connected to the control plane');
  }

  end(end: StreamEnd, endpoint: string): void {
    switch (end.kind) {
      case 'lost':
        this.#log.warn({ endpoint, reason: end.reason }, 'lost the control plane; serving goes on');
        break;
      case 'left':
      case 'cut':
        this.#log.info({ endpoint }, 'left the control plane as it asked; connecting anew');
        break;
      case 'standby':
        this.#failure(endpoint, 'it is a standby');
        break;
      case 'failed':
        this.#failure(endpoint, end.reason);
        break;
    }
  }

  discarded({ code, message }: ProtocolError): void {
    if (code !== 'UNKNOWN_TYPE') {
      this.#log.warn({ code, reason: message }, 'the control plane sent a message that cannot be read');
    } else if (!this.#unknown.has(message) && this.#unknown.size < MAX_UNKNOWN_TYPES) {
      this.#unknown.add(message);
      this.#log.warn({ reason: message }, 'ignoring messages of a newer control plane');
    }
  }

  #failure(endpoint: string, reason: string): void {
    const repeated = this.#said.get(endpoint) === reason;
    this.#said.set(endpoint, reason);
    this.#log[repeated ? 'debug' : 'warn']({ endpoint, reason }, 'no stream; trying on');
  }
}
