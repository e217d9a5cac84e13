/** Conditions of an object's status, as Kubernetes means them. */

export interface Condition {
  type: string;
  status: 'True' | 'False' | 'Unknown';
  /** One CamelCase word that programs may compare. */
  reason: string;
  /** For people. */
  message: string;
  /** When `status` became what it is, RFC 3339. */
  lastTransitionTime: string;
  /** The generation of the spec that this was said about. */
  observedGeneration?: number;
}

export type ConditionReport = Omit<Condition, 'lastTransitionTime'>;

/** The schema's bound of a message. */
const MAX_MESSAGE = 32_768;

/** New conditions with this one set; its transition time changes only where its status does. */
export function setCondition(
  conditions: readonly Condition[],
  report: ConditionReport,
  now: () => Date,
): Condition[] {
  const before = conditions.find(({ type }) => type === report.type);
  const lastTransitionTime = before?.status === report.status ? before.lastTransitionTime : toSeconds(now());
  const condition = { ...report, message: report.message.slice(0, MAX_MESSAGE), lastTransitionTime };
  if (before === undefined) return [...conditions, condition];
  return conditions.map((each) => (each === before ? condition : each));
}

export function findCondition(conditions: readonly Condition[], type: string): Condition | undefined {
  return conditions.find((condition) => condition.type === type);
}

/** RFC 3339 as Kubernetes writes it: to the second. */
function toSeconds(time: Date): string {
  return time.toISOString().replace(/\.\d+Z$/, 'Z');
}
