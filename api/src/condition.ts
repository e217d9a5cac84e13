/** A condition of an object, as Kubernetes writes it. */

export type ConditionStatus = 'True' | 'False' | 'Unknown';

export interface Condition {
  type: string;
  status: ConditionStatus;
  /** One word for programs. */
  reason: string;
  /** The same for people. */
  message: string;
  /** RFC 3339 */
  lastTransitionTime: string;
  observedGeneration?: number;
}
