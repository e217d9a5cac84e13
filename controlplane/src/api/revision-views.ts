/** What the API tells about revisions: those published, and documents that were refused. */
import path from 'node:path';
import type { ConfigurationProblem } from '@holdfast/protocol/configuration/types.ts';
import type { Publication } from '../revisions/publication.ts';

/** Every state with what it means; the reference documentation lists them from here. */
export const REVISION_STATES = {
  Pending: 'written, and not given to instances yet',
  Canary: 'the first instances try it',
  Promoting: 'more instances try it, in steps',
  Active: 'what instances should serve',
  Superseded: 'a later one has taken its place',
  RolledBack: 'a gate of its rollout failed, and the instances that tried it went back',
  Refused:
    'the newest documents, which did not become a revision, or a revision that an instance refused which was to try it; what is active goes on',
  Unwritten:
    'the newest documents, accepted, but the store of revisions cannot be written; what is active goes on',
  Unreadable: 'a stored revision that could not be read at the start',
} as const;

export type RevisionState = keyof typeof REVISION_STATES;

export interface RevisionView {
  /** `NAMESPACE/NAME`, or `*` where the documents are for every DataPlane. */
  dataPlane: string;
  state: RevisionState;
  /** Null where it did not become a revision, as are lineage and hash. */
  sequence: number | null;
  lineage: string | null;
  hash: string | null;
  /** RFC 3339 */
  createdAt: string | null;
  reasons: (ConfigurationProblem | { code: string; message: string })[];
}

/** The newest first. */
export function revisionViews(publications: Iterable<Publication>): RevisionView[] {
  return [...publications].sort((a, b) => (a.scope < b.scope ? -1 : 1)).flatMap(viewsOf);
}

function viewsOf({ scope, history, refusal, unwritten, storeProblems }: Publication): RevisionView[] {
  const views: RevisionView[] = [];
  const none = { dataPlane: scope, sequence: null, lineage: null, hash: null };
  if (refusal !== undefined) {
    views.push({ ...none, state: 'Refused', createdAt: refusal.since, reasons: refusal.problems });
  }
  if (unwritten !== undefined) {
    const reasons = [{ code: 'STORE_UNWRITABLE', message: unwritten }];
    views.push({ ...none, state: 'Unwritten', createdAt: null, reasons });
  }
  for (const { id, createdAt, fate } of history.revisions.toReversed()) {
    const { sequence, lineage, hash } = id;
    const { phase: state, reason: code, message } = fate;
    const reasons = message === '' ? fate.reasons : [{ code, message }, ...fate.reasons];
    views.push({ dataPlane: scope, state, sequence, lineage, hash, createdAt, reasons });
  }
  for (const { code, file, detail, sequence } of storeProblems) {
    const reasons = [{ code, message: `${path.basename(file)}: ${detail}` }];
    views.push({ ...none, state: 'Unreadable', sequence: sequence ?? null, createdAt: null, reasons });
  }
  return views;
}
