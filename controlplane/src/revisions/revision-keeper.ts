/** Where revisions are kept: what a publication needs of the state directory, or of the ConfigRevisions of a cluster. */
import type { ConfigurationProblem } from '@holdfast/protocol/configuration/types.ts';
import type { ResourceSet } from '@holdfast/protocol/revision/revision.ts';
import type { ControlPlaneErrorCode } from '../errors.ts';
import type { Scope } from '../sources/source.ts';
import type { RevisionFate } from './revision-fate.ts';
import type { StoredRevision } from './revision-file.ts';

export interface StoreProblem {
  code: ControlPlaneErrorCode;
  /** Where the revision stands: a file, or the name of a ConfigRevision. */
  file: string;
  detail: string;
  /** Where it is about one stored revision. */
  sequence?: number;
}

export interface StoreContent {
  /** Oldest first. */
  revisions: StoredRevision[];
  problems: StoreProblem[];
}

export interface RevisionKeeper {
  /** Resolves when this process may write; otherwise rejects with the reason. */
  writable(): Promise<void>;
  store(scope: Scope): ScopeRevisions;
}

/** The revisions of one scope. */
export interface ScopeRevisions {
  /** The one that its history has or will have; absent where a new history makes up its own. */
  readonly lineage?: string;
  /** Above it no sequence has ever been used, as far as is known. */
  readonly highestSequence: number;
  load(): Promise<StoreContent>;
  /** When it resolves, the revision is kept. Throws ControlPlaneError REVISION_TAKEN where the sequence was used, or what kept it from being written. */
  append(revision: StoredRevision): Promise<void>;
  /** Writes what became of it: when it resolves, it is kept. Absent where it is not kept. */
  settle?(sequence: number, fate: RevisionFate): Promise<void>;
  /** Why these resources could never be kept, as being too large; absent where nothing is refused. */
  objectionsTo?(content: { resources: ResourceSet; hash: string }): Promise<ConfigurationProblem[]>;
}
