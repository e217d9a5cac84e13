/** Connections to endpoints that are kept between requests. */
import type { Target } from '../upstreams/backend.ts';
import type { EngineLimits } from './limits.ts';
import type { UpstreamConnection } from './upstream-connection.ts';

/** An endpoint may close a connection a moment before it said it would. */
const MARGIN_MS = 1_000;
/** What was observed is forgotten: the endpoint may have been another program, or have ended for good. */
const LESSON_MS = 300_000;

/** The idle connections of one target, the one used last at the end. */
interface Idle {
  connections: UpstreamConnection[];
  /** How long the endpoint keeps a connection that is idle, as far as it has said or shown it. */
  keepAliveMs: number;
  learnedAt: number;
}

export class UpstreamPool {
  readonly #limits: EngineLimits;
  readonly #idle = new Map<Target, Idle>();

  constructor(limits: EngineLimits) {
    this.#limits = limits;
  }

  /**
   * A connection for a request. An endpoint may close one that has been idle just as a request is sent on it, so one that
   * can't be repeated goes on a connection that was used a moment ago, or on none of these.
   */
  take(target: Target, repeatable: boolean, now: number): UpstreamConnection | undefined {
    const idle = this.#idle.get(target);
    if (idle === undefined) return undefined;
    for (;;) {
      const newest = idle.connections.at(-1);
      if (newest === undefined) return undefined;
      if (!repeatable && now - newest.idleSince >= this.#freshMs(idle)) return undefined;
      idle.connections.pop();
      if (newest.alive) return newest;
    }
  }

  give(connection: UpstreamConnection, now: number): void {
    const { connections } = this.#of(connection.target);
    connection.rest(now);
    if (connections.length === this.#limits.maxIdlePerTarget) connections.shift()!.destroy();
    connections.push(connection);
  }

  /** `keepAliveMs`: what the endpoint says of its own patience. */
  learn(target: Target, keepAliveMs: number, now = performance.now()): void {
    const idle = this.#of(target);
    idle.keepAliveMs = keepAliveMs;
    idle.learnedAt = now;
  }

  /** The endpoint has closed an idle connection. */
  forget(connection: UpstreamConnection, now = performance.now()): void {
    const idle = this.#idle.get(connection.target);
    const at = idle?.connections.indexOf(connection) ?? -1;
    if (idle === undefined || at < 0) return;
    idle.connections.splice(at, 1);
    const idleMs = now - connection.idleSince;
    if (idleMs < idle.keepAliveMs) this.learn(connection.target, idleMs, now);
  }

  /** Closes what was idle too long. */
  sweep(now: number): void {
    for (const [target, idle] of this.#idle) {
      if (now - idle.learnedAt > LESSON_MS) idle.keepAliveMs = Number.POSITIVE_INFINITY;
      const longest = Math.min(
        this.#limits.upstreamIdleMs,
        Math.max(idle.keepAliveMs - MARGIN_MS, MARGIN_MS),
      );
      while (idle.connections.length > 0 && now - idle.connections[0]!.idleSince >= longest) {
        idle.connections.shift()!.destroy();
      }
      const isUsed = idle.connections.length > 0 || target.inFlight > 0;
      if (!isUsed && idle.keepAliveMs === Number.POSITIVE_INFINITY) this.#idle.delete(target);
    }
  }

  destroy(): void {
    for (const { connections } of this.#idle.values()) {
      for (const connection of connections.splice(0)) connection.destroy();
    }
    this.#idle.clear();
  }

  #freshMs({ keepAliveMs }: Idle): number {
    if (keepAliveMs === Number.POSITIVE_INFINITY) return this.#limits.upstreamFreshMs;
    return keepAliveMs - MARGIN_MS;
  }

  #of(target: Target): Idle {
    const known = this.#idle.get(target);
    if (known !== undefined) return known;
    const idle: Idle = { connections: [], keepAliveMs: Number.POSITIVE_INFINITY, learnedAt: 0 };
    this.#idle.set(target, idle);
    return idle;
  }
}
