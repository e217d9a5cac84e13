/** Decides whether what a source tells becomes a revision: all of it, or nothing with the reasons (I5). */
import { readDocuments } from '@holdfast/protocol/configuration/documents.ts';
import type { ConfigurationProblem, Resource, ResourceKey } from '@holdfast/protocol/configuration/types.ts';
import { hashResources } from '@holdfast/protocol/revision/hash.ts';
import type { ResourceSet } from '@holdfast/protocol/revision/revision.ts';
import { DEFAULT_LIMITS, encodeMessage } from '@holdfast/protocol/stream/codec.ts';
import { pointerTo } from '@holdfast/protocol/values/json-pointer.ts';
import type { Reading } from '../sources/source.ts';

/** Problems shown for one refusal. */
const MAX_PROBLEMS = 100;
/** Room for what a message holds besides the resources. */
const ENVELOPE_BYTES = 1_024;

export type Verdict =
  | { resources: ResourceSet; hash: string; problems?: undefined }
  | { problems: ConfigurationProblem[] };

/** `resolvesServices`: endpoints of `service` backends are told as facts. */
export function judge(reading: Reading, schemaLevel: number, resolvesServices: boolean): Verdict {
  if (reading.kind !== 'documents') return { problems: reading.problems.slice(0, MAX_PROBLEMS) };
  const { resources, problems } = readDocuments(reading.documents, schemaLevel);
  const services = resolvesServices ? [] : findServices(reading);
  const refused = [...problems, ...services].slice(0, MAX_PROBLEMS);
  if (resources === undefined || refused.length > 0) return { problems: refused };
  const hash = hashResources(resources);
  const tooLarge = checkSize(resources, hash);
  return tooLarge === undefined ? { resources, hash } : { problems: [tooLarge] };
}

/** A snapshot that no instance accepts would end every stream it is sent on. */
function checkSize(resources: ResourceSet, hash: string): ConfigurationProblem | undefined {
  const entries = [...resources].map(([key, { resource }]): [ResourceKey, Resource] => [key, resource]);
  const { maxMessageBytes, maxDecodedBytes } = DEFAULT_LIMITS;
  const bytes = Buffer.byteLength(JSON.stringify(entries)) + ENVELOPE_BYTES;
  if (bytes > maxDecodedBytes) {
    return { pointer: '', expected: `at most ${maxDecodedBytes} bytes of JSON`, found: `${bytes} bytes` };
  }
  // Compressed it is smaller, so most need not be compressed to know it.
  if (bytes <= maxMessageBytes) return undefined;
  const revision = { lineage: '', sequence: Number.MAX_SAFE_INTEGER, hash };
  const compressed =
    encodeMessage({ type: 'snapshot', revision, resources: entries }).length + ENVELOPE_BYTES;
  if (compressed <= maxMessageBytes) return undefined;
  return {
    pointer: '',
    expected: `at most ${maxMessageBytes} bytes compressed`,
    found: `${compressed} bytes`,
  };
}

/** Endpoints of a Service are facts, and files tell none: such a backend would never have an endpoint. */
function findServices({ documents }: Extract<Reading, { kind: 'documents' }>): ConfigurationProblem[] {
  return documents.flatMap(({ source, value }) => {
    const backends: unknown = (value as { backends?: unknown } | null)?.backends;
    if (!Array.isArray(backends)) return [];
    return backends.flatMap((backend: { service?: unknown } | null, index) => {
      if (backend?.service === undefined) return [];
      const pointer = pointerTo('', 'backends', index, 'service');
      return [
        {
          source,
          pointer,
          expected: 'endpoints: service backends need --source kubernetes',
          found: 'service',
        },
      ];
    });
  });
}
