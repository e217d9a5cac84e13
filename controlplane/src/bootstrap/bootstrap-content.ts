/** What goes into the bootstrap of a DataPlane: its revision as instances of each schema level see it, and the facts. */
import type { Bootstrap } from '@holdfast/protocol/bootstrap/bootstrap.ts';
import type { StreamFact } from '@holdfast/protocol/facts/facts.ts';
import type { Revision } from '@holdfast/protocol/revision/revision.ts';
import type { RetainedRevision } from '../revisions/history.ts';

/** Once for all levels that see the same; levels from which it is withheld have none (I10). */
export function bootstrapContent(
  dataPlane: string,
  retained: RetainedRevision,
  facts: readonly StreamFact[],
  newestLevel: number,
): Bootstrap {
  const revisions: { level: number; revision: Revision }[] = [];
  for (let level = 1; level <= newestLevel; level++) {
    const { revision } = retained.projection(level);
    if (revision === undefined || revision.id.hash === revisions.at(-1)?.revision.id.hash) continue;
    revisions.push({ level, revision });
  }
  return { dataPlane, facts, revisions };
}
