/** The instance's own check of a revision, before any worker sees it: it trusts no sender to have done it (I3). */
import { checkResources } from '@holdfast/protocol/configuration/resources.ts';
import type { Fact } from '@holdfast/protocol/facts/facts.ts';
import type { ResourceSet } from '@holdfast/protocol/revision/revision.ts';
import type { Reason } from '@holdfast/protocol/stream/messages.ts';
import { trialCompile } from '../routing/gateway.ts';
import { invalidConfiguration, refusal } from './refusals.ts';

/** Why it can't be served; empty where it can. Never rejects: what breaks the check would break a worker. */
export async function checkRevision(
  resources: ResourceSet,
  facts: Iterable<Fact>,
  schemaLevel: number,
): Promise<Reason[]> {
  try {
    const problems = checkResources(resources, schemaLevel);
    if (problems.length > 0) return problems.map(invalidConfiguration);
    return await trialCompile(resources, facts);
  } catch (error) {
    return [refusal('CompileFailed', error instanceof Error ? error.message : String(error))];
  }
}
