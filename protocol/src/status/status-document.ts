/** The document that `/status` and `/status/ready` of an instance answer with. */
import type { RevisionId } from '../revision/revision.ts';

export type RevisionOrigin = 'stream' | 'disk' | 'bootstrap';

export interface StatusDocument {
  instance: string;
  /** `NAMESPACE/NAME` */
  dataPlane: string;
  version: string;
  healthy: boolean;
  ready: boolean;
  /** Why it is not ready, not healthy or degraded; empty when all is well. */
  reasons: StatusReason[];
  draining: boolean;
  /** It serves, with fewer workers than desired. */
  degraded: boolean;
  revision: (RevisionId & { origin: RevisionOrigin }) | null;
  controlPlane: {
    connected: boolean;
    /** The endpoint it is connected to or tried last; null before the first try. */
    endpoint: string | null;
    /** When `connected` became what it is, RFC 3339. */
    since: string;
  };
  workers: { desired: number; serving: number };
}

export interface StatusReason {
  code: StatusReasonCode;
  message: string;
}

/** Every code of a status reason with what it means; the reference documentation lists them from here. */
export const STATUS_REASONS = {
  NoRevision: 'no revision has been received and none is cached',
  NoWorkerServing: 'no worker serves',
  Starting: 'the listeners or the first workers are starting',
  Draining: 'the instance is draining and ends soon',
  WorkersMissing: 'fewer workers serve than desired',
  WorkersSilent: 'no worker has answered its heartbeat for 30 s',
} as const;

export type StatusReasonCode = keyof typeof STATUS_REASONS;
