/** The status of a DataPlane. */
import type { Condition } from './condition.ts';

/** Written by the operator; `revision` and the condition ConfigAccepted by the control plane, as a field owner of its own. */
export interface DataPlaneStatus {
  observedGeneration?: number;
  replicas?: number;
  readyReplicas?: number;
  availableReplicas?: number;
  updatedReplicas?: number;
  /** `3/3` */
  ready?: string;
  /** Label selector of the pods, for autoscalers. */
  selector?: string;
  addresses?: Address[];
  revision?: PublishedRevision;
  instances?: Instances;
  conditions?: Condition[];
}

export interface Address {
  type: 'IPAddress' | 'Hostname';
  value: string;
}

export interface PublishedRevision {
  lineage: string;
  sequence: number;
  hash: string;
}

/** Counts by state, and a bounded list. */
export interface Instances {
  ready: number;
  notReady: number;
  draining: number;
  unreachable: number;
  /** Those with a trouble first. */
  list: Instance[];
}

export interface Instance {
  name: string;
  state: InstanceState;
  node?: string;
  zone?: string;
  /** Sequence of what it serves. */
  revision?: number;
  connected?: boolean;
  /** RFC 3339 */
  since?: string;
  message?: string;
}

export type InstanceState = 'Ready' | 'NotReady' | 'Draining' | 'Unreachable';

/** Items of `instances.list`. */
export const MAX_LISTED_INSTANCES = 50;
/** Characters of an instance's `message`. */
export const MAX_INSTANCE_MESSAGE = 1024;
/** Items of `addresses`. */
export const MAX_ADDRESSES = 16;
