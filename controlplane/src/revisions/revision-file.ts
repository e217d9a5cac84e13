/** The form of a stored revision: one JSON document a file, named by its sequence, checked by hash on reading. */
import type { Resource, ResourceKey } from '@holdfast/protocol/configuration/types.ts';
import { hashResources } from '@holdfast/protocol/revision/hash.ts';
import { resourceSet } from '@holdfast/protocol/revision/resource-set.ts';
import type { ResourceSet, Revision, RevisionId } from '@holdfast/protocol/revision/revision.ts';
import { ControlPlaneError } from '../errors.ts';
import type { RevisionFate } from './revision-fate.ts';

/** Raised when an older version could misread what is written. */
const FORMAT = 1;
const FILE_NAME = /^revision-(\d{16})\.json$/;

export interface StoredRevision extends Revision {
  /** RFC 3339 */
  createdAt: string;
  /** What became of it; absent where the store does not keep that, or it was not written yet. */
  fate?: RevisionFate;
}

export function fileNameOf(sequence: number): string {
  return `revision-${String(sequence).padStart(16, '0')}.json`;
}

/** Undefined where the name is not that of a stored revision. */
export function sequenceOf(fileName: string): number | undefined {
  const digits = FILE_NAME.exec(fileName)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

export function encodeRevision({ id, resources, createdAt }: StoredRevision): string {
  const entries = [...resources].map(([key, { resource }]) => [key, resource]);
  return `${JSON.stringify({ format: FORMAT, ...id, createdAt, resources: entries })}\n`;
}

interface Fields extends RevisionId {
  createdAt: string;
  resources: [ResourceKey, Resource][];
}

/** Throws ControlPlaneError REVISION_DAMAGED or REVISION_NEWER_FORMAT, and nothing else. */
export function decodeRevision(text: string, sequence: number): StoredRevision {
  const fields = readFields(text, sequence);
  const { lineage, hash, createdAt } = fields;
  const resources = readResources(fields);
  if (hashResources(resources) !== hash) throw damaged('its content does not have its hash');
  return { id: { lineage, sequence, hash }, resources, createdAt };
}

function readFields(text: string, sequence: number): Fields {
  const value = parse(text);
  if (typeof value !== 'object' || value === null) throw damaged('it holds no object');
  const fields = value as Partial<Fields & { format: unknown }>;
  if (typeof fields.format === 'number' && fields.format > FORMAT) {
    throw new ControlPlaneError(
      'REVISION_NEWER_FORMAT',
      `format ${fields.format}; this version reads up to ${FORMAT}`,
    );
  }
  if (fields.format !== FORMAT) throw damaged('it has no format number');
  if (fields.sequence !== sequence) throw damaged('it has another sequence than its name');
  if (typeof fields.lineage !== 'string' || typeof fields.createdAt !== 'string')
    throw damaged('a field is missing');
  return fields as Fields;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw damaged('it is not JSON, or cut off');
  }
}

function readResources({ resources }: Fields): ResourceSet {
  try {
    return resourceSet(resources);
  } catch {
    throw damaged('its resources are not a list of keys and resources');
  }
}

function damaged(detail: string): ControlPlaneError {
  return new ControlPlaneError('REVISION_DAMAGED', detail);
}
