/** What an instance says of itself: the status document as a pure function of how things stand (I2). */
import {
  STATUS_REASONS,
  type StatusDocument,
  type StatusReasonCode,
} from '@holdfast/protocol/status/status-document.ts';

/** Liveness fails only when no worker has answered its heartbeat for this long. */
export const SILENCE_MS = 30_000;

export interface InstanceState {
  instance: string;
  /** `NAMESPACE/NAME` */
  dataPlane: string;
  version: string;
  listenersBound: boolean;
  draining: boolean;
  /** What all workers serve. */
  revision: StatusDocument['revision'];
  /** A revision was received or read, whether or not a worker serves it yet. */
  revisionKnown: boolean;
  controlPlane: StatusDocument['controlPlane'];
  workersDesired: number;
  /** Those that accept connections. */
  workersServing: { withRevision: number; withoutRevision: number };
  /** A worker has served since the start. */
  everServed: boolean;
  /** Since any worker last answered its heartbeat; before the first answer, since the start. */
  silentMs: number;
}

/** Contact with the control plane is shown, and changes neither `ready` nor `healthy` (I1, I2). */
export function statusDocument(state: InstanceState): StatusDocument {
  const { instance, dataPlane, version, draining, revision, controlPlane } = state;
  const serving = state.workersServing.withRevision;
  const healthy = state.silentMs < SILENCE_MS;
  const ready =
    state.listenersBound && serving > 0 && state.workersServing.withoutRevision === 0 && !draining;
  const degraded = serving > 0 && serving < state.workersDesired;
  const codes = reasonCodes(state, healthy, degraded);
  return {
    instance,
    dataPlane,
    version,
    healthy,
    ready,
    reasons: codes.map((code) => ({ code, message: STATUS_REASONS[code] })),
    draining,
    degraded,
    revision,
    controlPlane,
    workers: { desired: state.workersDesired, serving },
  };
}

function reasonCodes(state: InstanceState, healthy: boolean, degraded: boolean): StatusReasonCode[] {
  const codes: StatusReasonCode[] = [];
  const unready = unreadyCode(state);
  if (unready !== undefined) codes.push(unready);
  if (state.draining) codes.push('Draining');
  if (degraded) codes.push('WorkersMissing');
  if (!healthy) codes.push('WorkersSilent');
  return codes;
}

function unreadyCode({
  listenersBound,
  workersServing,
  revisionKnown,
  everServed,
}: InstanceState): StatusReasonCode | undefined {
  if (!listenersBound) return 'Starting';
  if (workersServing.withoutRevision > 0) return 'NoRevision';
  if (workersServing.withRevision > 0) return undefined;
  if (!revisionKnown) return 'NoRevision';
  return everServed ? 'NoWorkerServing' : 'Starting';
}
