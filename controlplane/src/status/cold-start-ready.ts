/** The condition ColdStartReady of a DataPlane: whether a pod that starts without a control plane finds what was published last. */
import type { ConditionReport } from '@holdfast/kube/conditions/condition.ts';

/** Every reason with what it means. */
export const COLD_START_REASONS = {
  Kept: 'the last promoted revision and its facts are in Secrets that every pod mounts',
  TooLarge:
    'the revision and its facts do not fit into the Secrets, at most 4,000,000 bytes compressed; they hold what was promoted before it',
  Unwritten: 'the Secrets could not be written, and it is tried again; they hold what was promoted before',
} as const;

export type ColdStartReason = keyof typeof COLD_START_REASONS;

export function coldStartReady(
  observedGeneration: number,
  reason: ColdStartReason,
  message: string,
): ConditionReport {
  const status = reason === 'Kept' ? 'True' : 'False';
  return { type: 'ColdStartReady', status, reason, message, observedGeneration };
}
