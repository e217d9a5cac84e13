/** The ConfigRevision: one accepted state of a DataPlane's gateway configuration, which never changes. */
import type { API_VERSION } from './group.ts';
import type { Metadata } from './metadata.ts';

export interface ConfigRevision {
  apiVersion: typeof API_VERSION;
  kind: 'ConfigRevision';
  metadata: Metadata;
  spec: ConfigRevisionSpec;
  status?: ConfigRevisionStatus;
}

export interface ConfigRevisionSpec {
  /** UID of the DataPlane, or what took its place when history was lost. */
  lineage: string;
  sequence: number;
  hash: string;
  /** Base64 of gzip of JSON. */
  payload: string;
  /** Base64 */
  signature?: string;
}

export interface ConfigRevisionStatus {
  phase?: ConfigRevisionPhase;
  /** When `phase` became what it is, RFC 3339. */
  since?: string;
  /** One word for programs. */
  reason?: string;
  message?: string;
  /** Instances that serve it of those connected, `1/4`. */
  served?: string;
  instances?: { serving: number; refused: number };
  reasons?: RefusalReason[];
}

export type ConfigRevisionPhase =
  | 'Pending'
  | 'Canary'
  | 'Promoting'
  | 'Active'
  | 'Superseded'
  | 'RolledBack'
  | 'Refused';

export interface RefusalReason {
  code: string;
  message: string;
  pointer?: string;
}

/** Characters of a status' `message`. */
export const MAX_REVISION_MESSAGE = 4096;
/** Bytes of `payload` before base64. */
export const MAX_PAYLOAD_BYTES = 1_000_000;

/** Creating the object of this name is taking the sequence. */
export function configRevisionName(dataPlane: string, sequence: number): string {
  return `${dataPlane}-${sequence}`;
}

/** NaN where it is no such name. */
export function sequenceOfName(name: string): number {
  return Number(name.slice(name.lastIndexOf('-') + 1) || Number.NaN);
}
