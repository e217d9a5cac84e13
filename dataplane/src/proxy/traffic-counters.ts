/** What a worker counts of its traffic between two samples, in plain numbers. */
import { DURATION_BUCKETS_SECONDS, type WorkerSample } from '../supervisor/worker-messages.ts';
import type { ClientErrorCode } from './client-errors.ts';

interface CodeCount {
  backend: string;
  code: number;
  count: number;
}

interface RouteCounts {
  /** Few, so that looking through them costs less than a map. */
  codes: CodeCount[];
  buckets: number[];
  sumSeconds: number;
}

/**
 * Cardinality is bounded: route and backend names come from the configuration only, and what a sample has not counted
 * is dropped at the next one. What it has stays: with 10,000 routes each request would make its counters anew.
 */
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
    countOf(counts.codes, backend, code).count++;
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
    const requests: WorkerSample['requests'] = [];
    const durations: WorkerSample['durations'] = [];
    for (const [route, counts] of this.#routes) this.#take(route, counts, requests, durations);
    const sample: WorkerSample = {
      requests,
      durations,
      arrivals: this.arrivals,
      rejected: [...this.#rejected].map(([reason, count]) => ({ reason, count })),
      upstreamRetries: this.upstreamRetries,
      gauges: {
        connections: this.connections,
        requestsInFlight: this.requestsInFlight,
        upgraded: this.upgraded,
      },
    };
    this.#rejected.clear();
    this.arrivals = 0;
    this.upstreamRetries = 0;
    return sample;
  }

  #routeCounts(route: string): RouteCounts {
    const known = this.#routes.get(route);
    if (known !== undefined) return known;
    const buckets = new Array<number>(DURATION_BUCKETS_SECONDS.length + 1).fill(0);
    const counts = { codes: [], buckets, sumSeconds: 0 };
    this.#routes.set(route, counts);
    return counts;
  }

  #take(
    route: string,
    counts: RouteCounts,
    requests: WorkerSample['requests'],
    durations: WorkerSample['durations'],
  ): void {
    const counted = counts.codes.filter(({ count }) => count > 0);
    if (counted.length === 0) {
      this.#routes.delete(route);
      return;
    }
    for (const each of counted) {
      requests.push({ route, ...each });
      each.count = 0;
    }
    counts.codes = counted;
    durations.push({ route, buckets: counts.buckets.slice(), sumSeconds: counts.sumSeconds });
    counts.buckets.fill(0);
    counts.sumSeconds = 0;
  }
}

function countOf(codes: CodeCount[], backend: string, code: number): CodeCount {
  for (const known of codes) {
    if (known.code === code && known.backend === backend) return known;
  }
  const count = { backend, code, count: 0 };
  codes.push(count);
  return count;
}

function bucketOf(seconds: number): number {
  let bucket = 0;
  while (bucket < DURATION_BUCKETS_SECONDS.length && seconds > DURATION_BUCKETS_SECONDS[bucket]!) bucket++;
  return bucket;
}
