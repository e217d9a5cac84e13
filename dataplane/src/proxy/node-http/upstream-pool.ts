/** Connections to endpoints that are kept between requests. */
import { Agent } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Target } from '../../upstreams/backend.ts';
import type { EngineLimits } from '../limits.ts';

export class UpstreamPool extends Agent {
  readonly #idleSince = new WeakMap<Duplex, number>();
  readonly #freshMs: number;
  readonly #unpooled = new Agent({ keepAlive: false });

  constructor(limits: EngineLimits) {
    super({
      keepAlive: true,
      keepAliveMsecs: 15_000,
      scheduling: 'lifo',
      maxSockets: limits.maxRequestsPerTarget,
      maxFreeSockets: limits.maxIdlePerTarget,
      timeout: limits.upstreamIdleMs,
      agentKeepAliveTimeoutBuffer: 1_000,
    });
    this.#freshMs = limits.upstreamFreshMs;
  }

  /**
   * The agent for a request. An endpoint may close a connection that has been idle, just as a request is sent on it;
   * one that can't be repeated goes on a connection that was used a moment ago, or on a new one.
   */
  agentFor(target: Target, repeatable: boolean): Agent {
    if (repeatable) return this;
    const newest = this.#newestAlive(this.getName({ host: target.address, port: target.port }));
    if (newest === undefined) return this;
    const idleMs = performance.now() - (this.#idleSince.get(newest) ?? 0);
    return idleMs < this.#freshMs ? this : this.#unpooled;
  }

  /** Connections that carry one request only. */
  get unpooled(): Agent {
    return this.#unpooled;
  }

  /** The agent itself hands out connections that ended in this turn of the loop, and takes them out in the next. */
  #newestAlive(name: string): Duplex | undefined {
    for (;;) {
      const newest = this.freeSockets[name]?.at(-1);
      if (newest?.destroyed !== true) return newest;
      newest.emit('agentRemove');
    }
  }

  override keepSocketAlive(socket: Duplex): boolean {
    // The declared type forgets that it returns whether the socket may be kept.
    const kept = super.keepSocketAlive(socket) as unknown as boolean;
    if (kept) this.#idleSince.set(socket, performance.now());
    return kept;
  }

  override destroy(): void {
    this.#unpooled.destroy();
    super.destroy();
  }
}
