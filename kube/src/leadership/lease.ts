/** The Lease object by which replicas agree on one leader, and what each may read from it. */
import type { KubeObject } from '../objects/object.ts';
import type { Resource } from '../objects/resource.ts';

export const LEASES: Resource = {
  group: 'coordination.k8s.io',
  version: 'v1',
  plural: 'leases',
  kind: 'Lease',
  namespaced: true,
};

export interface LeaseSpec {
  /** Empty or missing: released. */
  holderIdentity?: string;
  leaseDurationSeconds?: number;
  acquireTime?: string;
  renewTime?: string;
  leaseTransitions?: number;
}

export interface Lease extends KubeObject {
  spec?: LeaseSpec;
}

/** What the holder writes: taken anew, or renewed where it holds the lease already. `now` is told to people only. */
export function claimedSpec(before: LeaseSpec, identity: string, durationMs: number, now: Date): LeaseSpec {
  const renewTime = microTime(now);
  const kept = before.holderIdentity === identity;
  return {
    holderIdentity: identity,
    leaseDurationSeconds: Math.ceil(durationMs / 1000),
    acquireTime: (kept ? before.acquireTime : undefined) ?? renewTime,
    renewTime,
    leaseTransitions: (before.leaseTransitions ?? 0) + (kept || !before.holderIdentity ? 0 : 1),
  };
}

/** What a holder that goes writes, so that nobody has to wait for the lease to expire. */
export function releasedSpec(before: LeaseSpec, now: Date): LeaseSpec {
  return { ...before, holderIdentity: '', leaseDurationSeconds: 1, renewTime: microTime(now) };
}

/**
 * Tells whether a lease may be taken. The times in a lease are other machines' clocks, so what counts is how long ago, on
 * this machine's monotonic clock, its spec was last seen to change.
 */
export class LeaseObservation {
  #spec = '';
  #changedMs = 0;

  /** `atMs` is on the monotonic clock, from before the lease was asked for. */
  observe(spec: LeaseSpec, atMs: number): void {
    const text = JSON.stringify(spec);
    if (text === this.#spec) return;
    this.#spec = text;
    this.#changedMs = atMs;
  }

  isFree({ holderIdentity, leaseDurationSeconds }: LeaseSpec, defaultMs: number, nowMs: number): boolean {
    if (!holderIdentity) return true;
    const durationMs = leaseDurationSeconds === undefined ? defaultMs : leaseDurationSeconds * 1000;
    return nowMs >= this.#changedMs + durationMs;
  }
}

function microTime(time: Date): string {
  return time.toISOString().replace('Z', '000Z');
}
