/** What is to be written of a status, and what is to be told about it. Pure. */
import type { Condition } from '@holdfast/api/condition.ts';
import type { DataPlane } from '@holdfast/api/data-plane.ts';
import type { DataPlaneStatus } from '@holdfast/api/data-plane-status.ts';
import { sameJson } from '@holdfast/kube/apply/field-set.ts';
import { setCondition } from '@holdfast/kube/conditions/condition.ts';
import type { Happening } from '@holdfast/kube/events/event.ts';
import type { DesiredStatus } from '../status/data-plane-status.ts';

/** The operator's part: without `revision`, ConfigAccepted and ColdStartReady. */
export type OwnStatus = Omit<Required<DataPlaneStatus>, 'revision'>;

export interface StatusChange {
  status: OwnStatus;
  /** False: it is written so already. */
  isNew: boolean;
  happenings: Happening[];
}

/** Conditions that are False when all is well. */
const FALSE_WHEN_WELL = ['Progressing'];
/** Reasons for which even these are not well. */
const TROUBLES = ['Stalled', 'ChildNotOwned', 'ChildRefused'];

export function statusChange(dataPlane: DataPlane, desired: DesiredStatus, now: () => Date): StatusChange {
  const before = ownConditions(dataPlane, desired);
  const conditions = desired.conditions.reduce<Condition[]>(
    (all, condition) => setCondition(all, condition, now),
    before,
  );
  const status: OwnStatus = { ...desired, conditions };
  const written = { ...dataPlane.status, conditions: before };
  const isNew = Object.entries(status).some(
    ([name, value]) => !sameJson(value, written[name as keyof OwnStatus]),
  );
  return { status, isNew, happenings: happeningsOf(dataPlane, before, conditions) };
}

/** The others are the control plane's: an apply that had them would take them from it. */
function ownConditions({ status }: DataPlane, { conditions }: DesiredStatus): Condition[] {
  const own = new Set<string>(conditions.map(({ type }) => type));
  return status?.conditions?.filter(({ type }) => own.has(type)) ?? [];
}

/** One for each change of status or reason, and for one cause only one. */
function happeningsOf(
  dataPlane: DataPlane,
  before: readonly Condition[],
  after: readonly Condition[],
): Happening[] {
  const changed = after.filter((condition) => {
    const old = before.find(({ type }) => type === condition.type);
    // That nothing is known yet of what is new is no news.
    if (old === undefined && condition.status === 'Unknown') return false;
    return old?.status !== condition.status || old.reason !== condition.reason;
  });
  const told = new Set<string>();
  return changed.flatMap((condition) => {
    const cause = `${condition.reason}: ${condition.message}`;
    if (told.has(cause)) return [];
    told.add(cause);
    return [happeningOf(dataPlane, condition)];
  });
}

function happeningOf(dataPlane: DataPlane, { type, status, reason, message }: Condition): Happening {
  const isWell = FALSE_WHEN_WELL.includes(type) ? !TROUBLES.includes(reason) : status !== 'False';
  return {
    regarding: dataPlane,
    type: isWell ? 'Normal' : 'Warning',
    reason,
    action: type,
    note: `${type} is ${status}: ${message}`,
  };
}
