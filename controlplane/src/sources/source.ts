/** What a source of configuration tells: the documents of a scope, or why it cannot tell them. */
import type { SourceDocument } from '@holdfast/protocol/configuration/documents.ts';
import type { ConfigurationProblem } from '@holdfast/protocol/configuration/types.ts';

/** The scope of a source whose documents are for every DataPlane. */
export const EVERY_DATA_PLANE = '*';

/** Whom documents are for: `NAMESPACE/NAME`, or `*`. */
export type Scope = string;

export type Reading =
  | { kind: 'documents'; documents: SourceDocument[] }
  /** One of them cannot be read or does not parse: none of them counts. */
  | { kind: 'broken'; problems: ConfigurationProblem[] }
  /** There is no document (any more). */
  | { kind: 'absent'; problems: ConfigurationProblem[] };

export function readingOf(documents: SourceDocument[], problems: ConfigurationProblem[]): Reading {
  if (problems.length > 0) return { kind: 'broken', problems };
  if (documents.length > 0) return { kind: 'documents', documents };
  return { kind: 'absent', problems: [{ pointer: '', expected: 'at least one document', found: 'none' }] };
}
