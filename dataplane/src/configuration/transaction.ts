/** The change of what serves that a new state needs, as the supervisor takes it. */

import type { Resource, ResourceKey } from '@holdfast/protocol/configuration/types.ts';
import { diff } from '@holdfast/protocol/revision/delta.ts';
import type { ResourceSet, Revision } from '@holdfast/protocol/revision/revision.ts';
import type { RevisionOrigin } from '@holdfast/protocol/status/status-document.ts';
import type { Transaction } from '../supervisor/agent-messages.ts';
import { diffFacts, type FactTable } from './fact-table.ts';

const NOTHING: ResourceSet = new Map();
const NO_FACTS: FactTable = new Map();

/** What stands in the supervisor's mirror, or shall stand there. */
export interface Standing {
  revision: Revision | undefined;
  origin: RevisionOrigin;
  trial: boolean;
  facts: FactTable;
}

/** From one state to another; only the difference travels. */
export function transition(from: Standing, to: Standing): Transaction {
  const change = diff(from.revision?.resources ?? NOTHING, to.revision?.resources ?? NOTHING);
  const facts = diffFacts(from.facts, to.facts);
  return {
    revision: to.revision?.id ?? null,
    origin: to.origin,
    trial: to.trial,
    complete: false,
    putResources: texts(change.upserts),
    deleteResources: change.removals,
    putFacts: facts.puts,
    deleteFacts: facts.deletes,
  };
}

/** Everything anew, whatever stands there: the first revision, and the way back to the last good one. */
export function replacement(to: Standing): Transaction {
  const nothing: Standing = { ...to, revision: undefined, facts: NO_FACTS };
  return { ...transition(nothing, to), complete: true };
}

function texts(resources: [ResourceKey, Resource][]): [ResourceKey, string][] {
  return resources.map(([key, resource]) => [key, JSON.stringify(resource)]);
}
