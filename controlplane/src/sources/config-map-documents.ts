/** Reads the documents of a DataPlane from its ConfigMaps: all of them, or none with every problem named (I5). */
import type { SourceDocument } from '@holdfast/protocol/configuration/documents.ts';
import type { ConfigurationProblem } from '@holdfast/protocol/configuration/types.ts';
import type { ConfigMap } from '../kubernetes/objects.ts';
import { parseDocuments } from './document-parser.ts';
import { type Reading, readingOf } from './source.ts';

const DOCUMENT_KEY = /\.(?:yaml|yml|json)$/;
const KEY_EXPECTED = 'a key that ends in .yaml, .yml or .json';

export async function readConfigMaps(configMaps: readonly ConfigMap[]): Promise<Reading> {
  const documents: SourceDocument[] = [];
  const problems: ConfigurationProblem[] = [];
  for (const configMap of configMaps.toSorted(byName)) {
    const name = sourceName(configMap);
    const keys = Object.keys(configMap.data ?? {}).filter((key) => DOCUMENT_KEY.test(key));
    // One that is emptied is no wish for nothing, as an empty document is none.
    if (keys.length === 0)
      problems.push({ source: name, pointer: '', expected: KEY_EXPECTED, found: 'none' });
    for (const key of keys.sort()) {
      const parsed = await parseDocuments(`${name}, key ${key}`, configMap.data![key]!);
      documents.push(...parsed.documents);
      problems.push(...parsed.problems);
    }
  }
  return readingOf(documents, problems);
}

/** True where the problem stands in this ConfigMap. */
export function isAbout({ source }: ConfigurationProblem, configMap: ConfigMap): boolean {
  const name = sourceName(configMap);
  return source === name || source?.startsWith(`${name}, key `) === true;
}

/** Changes with any of them. */
export function fingerprintOf(configMaps: readonly ConfigMap[]): string {
  return JSON.stringify(
    configMaps
      .toSorted(byName)
      .map(({ metadata: { name, uid, resourceVersion } }) => [name, uid, resourceVersion]),
  );
}

function sourceName({ metadata }: ConfigMap): string {
  return `ConfigMap ${metadata.name}`;
}

function byName(a: ConfigMap, b: ConfigMap): number {
  return a.metadata.name < b.metadata.name ? -1 : 1;
}
