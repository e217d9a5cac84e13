import { readFileSync } from 'node:fs';
import { readDocuments } from '@holdfast/protocol/configuration/documents.ts';
import { parse } from 'yaml';
import { sourcePath } from './programs.ts';

interface ConfigMap {
  metadata: { labels: Record<string, string> };
  data: Record<string, string>;
}

function example(name: string) {
  return parse(readFileSync(sourcePath(`examples/kubernetes/${name}.yaml`), 'utf8'));
}

test('the configuration of the sample is one that a control plane publishes', () => {
  const { data } = example('routes') as ConfigMap;
  const documents = Object.entries(data).map(([source, text]) => ({ source, value: parse(text) }));
  expect(readDocuments(documents).problems).toEqual([]);
});

test('the configuration of the sample is for its DataPlane', () => {
  const { metadata } = example('routes') as ConfigMap;
  expect(metadata.labels['holdfast.dev/configuration-for']).toBe(example('edge').metadata.name);
});
