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
  revision: (RevisionId & { origin: RevisionOrigin; trial?: boolean }) | null;
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

/** Every field with what it means; the reference documentation lists them from here. */
export const STATUS_FIELDS = {
  instance: 'name of the instance',
  dataPlane: '`NAMESPACE/NAME` of its DataPlane',
  version: 'version of the program',
  healthy: 'false once no worker has answered its heartbeat for 30 s: restart it',
  ready:
    'it can serve: listeners bound, at least one worker serves, none serves without a revision, not draining',
  'reasons[].code': 'why it is not ready, not healthy or degraded; no reasons when all is well',
  'reasons[].message': 'the same for people',
  draining: 'it was told to end and finishes what is in flight',
  degraded: 'it serves, with fewer workers than desired',
  'revision.lineage': 'history that the sequence counts in; `revision` is null before the first one',
  'revision.sequence': 'rises with each revision of the lineage',
  'revision.hash': 'sha256 of what the revision holds',
  'revision.origin': 'where it came from: `stream`, `disk` or `bootstrap`',
  'revision.trial': 'it is being tried: unless it is promoted the instance goes back to the one before',
  'controlPlane.connected': 'a stream to a control plane is open; changes neither readiness nor health',
  'controlPlane.endpoint': 'the one connected to or tried last; null before the first try',
  'controlPlane.since': 'when `connected` became what it is, RFC 3339',
  'workers.desired': 'workers that shall run',
  'workers.serving': 'workers that serve a revision',
} as const;
