/** A condition as it should be; `lastTransitionTime` is set where it is written. */
import type { ConditionStatus } from '@holdfast/api/condition.ts';
import type { DataPlaneConditionType, DataPlaneReason } from '@holdfast/api/data-plane-conditions.ts';

export interface DesiredCondition {
  type: Exclude<DataPlaneConditionType, 'ConfigAccepted' | 'ColdStartReady'>;
  status: ConditionStatus;
  reason: DataPlaneReason;
  message: string;
  observedGeneration: number;
}

/** What one condition's file decides; the rest is the same for all. */
export type Verdict = Pick<DesiredCondition, 'status' | 'reason' | 'message'>;
