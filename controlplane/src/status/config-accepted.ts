/** The condition ConfigAccepted of a DataPlane: what became of its newest gateway configuration. */
import { configRevisionName } from '@holdfast/api/config-revision.ts';
import { CONFIGURATION_FOR_LABEL } from '@holdfast/api/labels.ts';
import type { ConditionReport } from '@holdfast/kube/conditions/condition.ts';
import { formatProblem } from '@holdfast/protocol/configuration/problem.ts';
import type { Publication } from '../revisions/publication.ts';

/** Every reason with what it means. */
export const CONFIG_ACCEPTED_REASONS = {
  Accepted: 'the newest documents are the published revision',
  RollingOut: 'the newest documents are tried on some instances, and the last promoted revision goes on',
  RolledBack:
    'the newest documents failed a gate of their rollout; they are not tried again until they change',
  Refused:
    'the newest documents are refused, by the control plane or by an instance that was to try them, or were all taken away; the message names each problem',
  NoConfiguration: 'nothing has ever been published; the message says what to create',
  Unwritten: 'the newest documents are accepted, but the revision could not be stored yet',
  Pinned: 'what spec.configuration.pinnedRevision names is the published revision; the newest documents wait',
  PinUnknown:
    'the ConfigRevision that spec.configuration.pinnedRevision names is not kept, or cannot be read',
} as const;

/** Problems named in the message; the control plane's API tells all. */
const MAX_PROBLEMS = 10;

export type AcceptanceState = Pick<
  Publication,
  'candidate' | 'failed' | 'history' | 'pin' | 'refusal' | 'unwritten'
>;

/** `isAbsent`: there is no ConfigMap. */
export function configAccepted(
  dataPlane: { name: string; namespace: string; generation: number },
  { candidate, failed, history, pin, refusal, unwritten }: AcceptanceState,
  isAbsent: boolean,
): ConditionReport {
  const { name, namespace, generation: observedGeneration } = dataPlane;
  const report = (status: ConditionReport['status'], reason: string, message: string) => ({
    type: 'ConfigAccepted',
    status,
    reason,
    message,
    observedGeneration,
  });
  const sequence = history.current?.id.sequence;
  const serving = sequence === undefined ? 'nothing is published' : `revision ${sequence} goes on`;
  const what = `a ConfigMap labelled ${CONFIGURATION_FOR_LABEL}=${name} in the namespace ${namespace}`;
  const pinned = pin && configRevisionName(name, pin.sequence);
  if (pin !== undefined && pin.revision === undefined) {
    const unknown = `${pinned}, which spec.configuration.pinnedRevision names, is not kept or cannot be read`;
    return report('False', 'PinUnknown', `${serving}: ${unknown}`);
  }
  if (isAbsent && sequence === undefined)
    return report('False', 'NoConfiguration', `nothing is published: create ${what}`);
  if (isAbsent) return report('False', 'Refused', `${serving}: no document is left; create ${what}`);
  if (refusal !== undefined) {
    const problems = refusal.problems.slice(0, MAX_PROBLEMS).map(formatProblem);
    const more = refusal.problems.length - problems.length;
    if (more > 0) problems.push(`and ${more} more`);
    return report('False', 'Refused', `${serving}: ${problems.join('; ')}`);
  }
  if (unwritten !== undefined) return report('False', 'Unwritten', `${serving}: ${unwritten}`);
  if (sequence === undefined) return report('Unknown', 'Unwritten', serving);
  if (pin !== undefined) {
    const until = 'until spec.configuration.pinnedRevision is unset';
    return report('True', 'Pinned', `revision ${sequence} is published, with what ${pinned} holds, ${until}`);
  }
  if (failed !== undefined) {
    const { phase, reason: why, message } = failed.fate;
    return report('False', phase, `${serving}: revision ${failed.id.sequence}: ${why}: ${message}`);
  }
  if (candidate !== undefined)
    return report('True', 'RollingOut', `${serving} while revision ${candidate.id.sequence} is tried`);
  return report('True', 'Accepted', `revision ${sequence} is published`);
}
