/** The payload of a ConfigRevision: gzip of JSON in base64, bounded, checked by hash on reading. */
import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import { type ConfigRevision, MAX_PAYLOAD_BYTES } from '@holdfast/api/config-revision.ts';
import { hashResources } from '@holdfast/protocol/revision/hash.ts';
import { resourceSet } from '@holdfast/protocol/revision/resource-set.ts';
import type { ResourceSet } from '@holdfast/protocol/revision/revision.ts';
import { DEFAULT_LIMITS } from '@holdfast/protocol/stream/codec.ts';
import { ControlPlaneError } from '../errors.ts';
import type { StoredRevision } from './revision-file.ts';

/** Raised when an older version could misread what is written. */
const FORMAT = 1;

const compress = promisify(gzip);
const decompress = promisify(gunzip);

/** The bytes before base64; more than MAX_PAYLOAD_BYTES of them cannot be stored. */
export async function compressResources(resources: ResourceSet): Promise<Buffer> {
  const entries = [...resources].map(([key, { resource }]) => [key, resource]);
  return await compress(JSON.stringify({ format: FORMAT, resources: entries }));
}

export function isTooLarge(payload: Buffer): boolean {
  return payload.length > MAX_PAYLOAD_BYTES;
}

/** Throws ControlPlaneError REVISION_DAMAGED or REVISION_NEWER_FORMAT, and nothing else. */
export async function readConfigRevision({ spec, metadata }: ConfigRevision): Promise<StoredRevision> {
  const { lineage, sequence, hash } = spec;
  const content = await readPayload(spec.payload);
  const { format } = content;
  if (typeof format === 'number' && format > FORMAT) {
    throw new ControlPlaneError(
      'REVISION_NEWER_FORMAT',
      `format ${format}; this version reads up to ${FORMAT}`,
    );
  }
  const resources = readResources(content.resources);
  if (hashResources(resources) !== hash) throw damaged('its content does not have its hash');
  return { id: { lineage, sequence, hash }, resources, createdAt: metadata.creationTimestamp ?? '' };
}

async function readPayload(payload: string): Promise<{ format?: unknown; resources?: unknown }> {
  try {
    const limits = { maxOutputLength: DEFAULT_LIMITS.maxDecodedBytes };
    const text = (await decompress(Buffer.from(payload, 'base64'), limits)).toString();
    return Object(JSON.parse(text));
  } catch {
    throw damaged('its payload is not JSON in gzip in base64');
  }
}

function readResources(entries: unknown): ResourceSet {
  try {
    return resourceSet(entries as Parameters<typeof resourceSet>[0]);
  } catch {
    throw damaged('its resources are not a list of keys and resources');
  }
}

function damaged(detail: string): ControlPlaneError {
  return new ControlPlaneError('REVISION_DAMAGED', detail);
}
