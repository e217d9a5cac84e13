/** What supervisor and worker say to each other over the worker's IPC channel. */

import type { ResourceKey } from '@holdfast/protocol/configuration/types.ts';
import type { FactKey } from '@holdfast/protocol/facts/facts.ts';
import type { RevisionId } from '@holdfast/protocol/revision/revision.ts';
import type { Reason } from '@holdfast/protocol/stream/messages.ts';

/** A listener that the supervisor has bound; the worker listens on the descriptor and never binds. */
export interface WorkerListener {
  name: string;
  /** As clients reach it, for X-Forwarded-Port and for routes that name the listener. */
  host: string;
  port: number;
  /** Descriptor in the worker, inherited through `stdio`. */
  fd: number;
}

/**
 * Connections that may wait on a listener while its workers are killed and replaced; the kernel caps it at its somaxconn.
 * It goes as `server.listen({ fd }, LISTEN_BACKLOG)`: `backlog` among the options is ignored beside `fd`.
 */
export const LISTEN_BACKLOG = 4_096;

export interface WorkerSettings {
  /** 1..N; a replacement keeps its predecessor's number. */
  worker: number;
  /** How many there are: what bounds the instance is shared among them. */
  workers: number;
  instance: string;
  listeners: WorkerListener[];
  logLevel: string;
}

/** At most 64 KiB of text a message, or one resource or fact where that alone is longer. */
export interface PutMessage {
  type: 'put';
  resources: [ResourceKey, json: string][];
  facts: [FactKey, json: string][];
}

export interface DeleteMessage {
  type: 'delete';
  resources: ResourceKey[];
  facts: FactKey[];
}

/**
 * Everything put and deleted since the last commit takes effect at once. Each commit, also one that changes facts only,
 * is answered by one `serving` or `refused`, and nothing more is put, deleted or committed before that answer. After
 * `refused` the worker is as after the last commit it served.
 */
export interface CommitMessage {
  type: 'commit';
  revision: RevisionId;
}

export type SupervisorToWorker =
  | { type: 'start'; settings: WorkerSettings }
  | PutMessage
  | DeleteMessage
  | CommitMessage
  /** The endpoints of a backend that fail their active health checks, all of them, by `address:port`. */
  | { type: 'health'; backend: string; unhealthy: string[] }
  /** Another worker has ejected this endpoint. */
  | ({ type: 'ejected' } & EjectedEndpoint)
  | { type: 'ping'; id: number }
  /**
   * From now on each response carries `Connection: close`. Listeners stay open. Samples come each 200 ms from now on, so
   * that the end of the drain is seen in time; it may come before the first commit, to a worker that replaces another.
   */
  | { type: 'drain' }
  /** The drain is over: end upgraded connections and endless streams spread over `spreadMs`, then exit 0. */
  | { type: 'stop'; spreadMs: number };

export type WorkerToSupervisor =
  /** Started and waiting for a first commit. */
  | { type: 'started' }
  /** The revision serves. The first one means that the worker listens now. */
  | { type: 'serving'; revision: RevisionId }
  | { type: 'refused'; revision: RevisionId; reasons: Reason[] }
  /** A bound address can't be listened on, since another program bound it as well and listens already; the worker ends. */
  | { type: 'notListening'; problem: string }
  | { type: 'pong'; id: number }
  /** The worker has ejected this endpoint; the other workers are to be told. */
  | ({ type: 'ejected' } & EjectedEndpoint)
  | { type: 'metrics'; sample: WorkerSample; backendEvents: BackendEventCount[] };

export interface EjectedEndpoint {
  backend: string;
  /** `address:port` */
  endpoint: string;
}

/** What happens to a backend beside requests; `_refused`: a limit was reached. */
export type BackendEvent =
  | 'ejections'
  | 'retries'
  | 'requests_refused'
  | 'connections_refused'
  | 'pending_refused'
  | 'retries_refused';

export interface BackendEventCount {
  backend: string;
  event: BackendEvent;
  count: number;
}

/** What happened since the previous sample, and how things stand now. */
export interface WorkerSample {
  requests: RequestCount[];
  /** Each request counts once: at the first bound of `DURATION_BUCKETS_SECONDS` that it keeps, or last, above all. */
  durations: { route: string; buckets: number[]; sumSeconds: number }[];
  /** Connections and requests that came, for the end of a drain. */
  arrivals: number;
  /** Refused before a route was known, by reason. */
  rejected: { reason: string; count: number }[];
  upstreamRetries: number;
  /** Now, not since the previous sample. */
  gauges: { connections: number; requestsInFlight: number; upgraded: number };
}

export interface RequestCount {
  route: string;
  backend: string;
  code: number;
  count: number;
}

export const DURATION_BUCKETS_SECONDS = [
  0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30,
];
