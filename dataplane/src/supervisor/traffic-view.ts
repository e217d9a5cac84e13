/** What the workers last said of their traffic, for gauges and for the end of a drain. */
import type { WorkerSample } from './worker-messages.ts';

type Gauges = WorkerSample['gauges'];

interface Latest {
  at: number;
  gauges: Gauges;
}

export class TrafficView<Worker extends object> {
  readonly #latest = new Map<Worker, Latest>();
  #lastArrival: number | undefined;

  /** When a sample last told of a new connection or request. */
  get lastArrival(): number | undefined {
    return this.#lastArrival;
  }

  /** `now` in milliseconds of a steady clock. */
  add(worker: Worker, { arrivals, gauges }: WorkerSample, now: number): void {
    this.#latest.set(worker, { at: now, gauges });
    if (arrivals > 0) this.#lastArrival = now;
  }

  /** What was in flight on a worker that died is lost, and no longer in flight. */
  remove(worker: Worker): void {
    this.#latest.delete(worker);
  }

  /** Sums over all workers. */
  gauges(): Gauges {
    const sum: Gauges = { connections: 0, requestsInFlight: 0, upgraded: 0 };
    for (const { gauges } of this.#latest.values()) {
      sum.connections += gauges.connections;
      sum.requestsInFlight += gauges.requestsInFlight;
      sum.upgraded += gauges.upgraded;
    }
    return sum;
  }

  /** The oldest of the newest samples of these workers; undefined where one has sent none, or there are none. */
  sampledAt(workers: readonly Worker[]): number | undefined {
    let oldest: number | undefined;
    for (const worker of workers) {
      const at = this.#latest.get(worker)?.at;
      if (at === undefined) return undefined;
      oldest = Math.min(oldest ?? at, at);
    }
    return oldest;
  }
}
