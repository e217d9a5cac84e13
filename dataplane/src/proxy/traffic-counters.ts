/** What a worker counts of its traffic between two samples, in plain numbers. */
import { DURATION_BUCKETS_SECONDS, type WorkerSample } from '../supervisor/worker-messages.ts';
import type { ClientErrorCode } from './client-errors.ts';

interface RouteCounts {
  /** By backend, then by status code. */
  codes: Map<string, Map<number, number>>;
  buckets: number[];
  sumSeconds: number;
}

/** Cardinality is bounded: route and backend names come from the configuration only, and each sample begins anew. */
export class TrafficCounters {
  connections = 0;
  requestsInFlight = 0;
  upgraded = 0;
  arrivals = 0;
  upstreamRetries = 0;
  readonly #routes = new Map<string, RouteCounts>();
  readonly #rejected = new Map<ClientErrorCode, number>();

  /** `route` and `backend` are empty where none was known. */
  finished(route: string, backend: string, code: number, seconds: number): void {
    const counts = this.#routeCounts(route);
    const codes = counts.codes.get(backend) ?? new Map<number, number>();
    counts.codes.set(backend, codes);
    codes.set(code, (codes.get(code) ?? 0) + 1);
    const bucket = bucketOf(seconds);
    counts.buckets[bucket] = counts.buckets[bucket]! + 1;
    counts.sumSeconds += seconds;
  }

  /** Refused before its route was known. */
  rejected(reason: ClientErrorCode): void {
    this.#rejected.set(reason, (this.#rejected.get(reason) ?? 0) + 1);
  }

  /** What happened since the previous call. */
  sample(): WorkerSample {
    const sample: WorkerSample = {
      requests: [...this.#requests()],
      durations: [...this.#routes].map(([route, { buckets, sumSeconds }]) => ({
        route,
        buckets,
        sumSeconds,
      })),
      arrivals: this.arrivals,
      rejected: [...this.#rejected].map(([reason, count]) => ({ reason, count })),
      upstreamRetries: this.upstreamRetries,
      gauges: {
        connections: this.connections,
        requestsInFlight: this.requestsInFlight,
        upgraded: this.upgraded,
      },
    };
    this.#routes.clear();
    this.#rejected.clear();
    this.arrivals = 0;
    this.upstreamRetries = 0;
    return sample;
  }

  #routeCounts(route: string): RouteCounts {
    const known = this.#routes.get(route);
    if (known !== undefined) return known;
    const buckets = new Array<number>(DURATION_BUCKETS_SECONDS.length + 1).fill(0);
    const counts = { codes: new Map(), buckets, sumSeconds: 0 };
    this.#routes.set(route, counts);
    return counts;
  }

  *#requests(): Generator<WorkerSample['requests'][number]> {
    for (const [route, { codes }] of this.#routes) {
      for (const [backend, counts] of codes) {
        for (const [code, count] of counts) yield { route, backend, code, count };
      }
    }
  }
}

function bucketOf(seconds: number): number {
  let bucket = 0;
  while (bucket < DURATION_BUCKETS_SECONDS.length && seconds > DURATION_BUCKETS_SECONDS[bucket]!) bucket++;
  return bucket;
}
