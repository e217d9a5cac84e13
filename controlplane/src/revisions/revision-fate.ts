/** What became of a revision: its phase, with since when and why. */
import type { ConfigRevisionPhase } from '@holdfast/api/config-revision.ts';
import type { Reason } from '@holdfast/protocol/stream/messages.ts';

export interface RevisionFate {
  phase: ConfigRevisionPhase;
  /** When `phase` became what it is, RFC 3339. */
  since: string;
  /** One word for programs. */
  reason: string;
  message: string;
  /** Why instances refused it. */
  reasons: Reason[];
}

/** Why a revision is in its phase, besides the reasons of a rollout; the reference documentation lists them from here. */
export const FATE_REASONS = {
  New: 'Pending: it was written a moment ago',
  AllAtOnce: 'Active: it was given to all instances at once',
  Promoted: 'Active: it passed all stages of its rollout',
  Pinned: 'Active: spec.configuration.pinnedRevision names what it holds',
  Proven: 'Active: an instance has it as promoted, by a control plane whose memory of it was lost',
  Stored: 'Active: it was found so in the store',
  Superseded: 'Superseded: a later one has taken its place',
  Withdrawn: 'Superseded: the documents went back, or a pin was set, before its rollout had ended',
} as const;

export type FateReason = keyof typeof FATE_REASONS;

/** It ended badly, and was never promoted. */
export function hasFailed({ phase }: RevisionFate): boolean {
  return phase === 'RolledBack' || phase === 'Refused';
}

/** Of one that may have been given to instances without being promoted. */
export function isOpen({ phase }: RevisionFate): boolean {
  return phase === 'Pending' || phase === 'Canary' || phase === 'Promoting';
}
