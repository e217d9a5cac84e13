/** The messages of the stream between an instance and its control plane, and the bounds on their size. */
import type { Resource, ResourceKey } from '../configuration/types.ts';
import type { StreamFact } from '../facts/facts.ts';
import type { RevisionId } from '../revision/revision.ts';

/** WebSocket subprotocol; its number changes only when the two sides could no longer talk at all. */
export const SUBPROTOCOL = 'holdfast.v1';
export const STREAM_PATH = '/v1/stream';

/** First message of a stream. Sent again on an open stream without `have`, it asks for a snapshot. */
export interface Hello {
  type: 'hello';
  instance: string;
  /** `NAMESPACE/NAME` */
  dataPlane: string;
  version: string;
  schemaLevel: number;
  /** What the instance serves now, or goes back to while another one is on trial. Deltas start at it. */
  have?: RevisionId;
  /** What it serves on trial. */
  trial?: RevisionId;
}

/** Every serving worker has the revision; where it was on trial, it is promoted or taken back as it was told. */
export interface Ack {
  type: 'ack';
  revision: RevisionId;
}

/** The instance refused the revision and goes on with what it has. */
export interface Nack {
  type: 'nack';
  revision: RevisionId;
  /** What the instance serves still. */
  have?: RevisionId;
  /** 1 to 16 of them; what is more is cut off by the sender. */
  reasons: Reason[];
}

export interface Reason {
  code: string;
  message: string;
  /** JSON pointer into `kind/name` of the resource it is about, as `/route/orders/timeouts/request`. */
  pointer?: string;
}

/** Health figures, sent each 5 s. */
export interface Report {
  type: 'report';
  ready: boolean;
  degraded: boolean;
  draining: boolean;
  workers: { desired: number; serving: number };
  /** Since the previous report. */
  requests: RequestFigures;
  /** The same for each revision that served in that time. */
  revisions?: RevisionFigures[];
}

export interface RequestFigures {
  total: number;
  /** Answered 5xx. */
  failed: number;
}

export interface RevisionFigures {
  revision: RevisionId;
  requests: RequestFigures;
  /** Workers that served it and ended without being told to. */
  workerCrashes: number;
}

/** Entries of `revisions` in a report. */
export const MAX_REVISION_FIGURES = 8;

export interface Welcome {
  type: 'welcome';
  controlPlane: string;
  version: string;
  schemaLevel: number;
  zone?: string;
}

/** With `confirmByMs` the revision is on trial: an instance goes back by itself so long after receipt, unless it is told again. */
interface Offered {
  confirmByMs?: number;
}

export interface Snapshot extends Offered {
  type: 'snapshot';
  revision: RevisionId;
  resources: [ResourceKey, Resource][];
}

/** Applies onto exactly `from` and gives `to`. */
export interface DeltaMessage extends Offered {
  type: 'delta';
  from: RevisionId;
  to: RevisionId;
  upserts: [ResourceKey, Resource][];
  removals: ResourceKey[];
}

/**
 * What the instance should serve is something that it has. Of what is on trial it is the promotion, or with `confirmByMs`
 * says that it goes on; of what the instance serves otherwise, that the one on trial is taken back.
 */
export interface Current extends Offered {
  type: 'current';
  revision: RevisionId;
}

export interface Facts {
  type: 'facts';
  /** True: facts not named here are no longer true. */
  complete: boolean;
  facts: StreamFact[];
}

/** The control plane ends the stream soon: reconnect at a random moment within `spreadMs`. */
export interface GoAway {
  type: 'goaway';
  spreadMs: number;
  reason: string;
}

export type InstanceMessage = Hello | Ack | Nack | Report;
export type ControlPlaneMessage = Welcome | Snapshot | DeltaMessage | Current | Facts | GoAway;
export type Message = InstanceMessage | ControlPlaneMessage;
