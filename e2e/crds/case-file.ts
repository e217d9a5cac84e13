/** The cases: YAML files whose first line is a comment, in `good/`, `bad/` and `changes/`. */
import { readdirSync, readFileSync } from 'node:fs';
import { parseAllDocuments } from 'yaml';
import { repositoryPath } from '../harness/paths.ts';

export interface CaseFile {
  name: string;
  /** Of a bad one: `PLACE: MESSAGE` that the API server is expected to give. */
  comment: string;
  /** JSON, without namespace. */
  documents: string[];
}

export function caseFiles(folder: string, ending = '.yaml'): CaseFile[] {
  return readdirSync(repositoryPath(folder))
    .filter((file) => file.endsWith(ending))
    .sort()
    .map((file) => caseFile(`${folder}/${file}`, file.slice(0, -ending.length)));
}

function caseFile(path: string, name: string): CaseFile {
  const text = readFileSync(repositoryPath(path), 'utf8');
  const documents = parseAllDocuments(text).map((document) => {
    const { metadata, ...rest } = document.toJS() as { metadata: { namespace?: string } };
    const { namespace: _, ...placeless } = metadata;
    return JSON.stringify({ ...rest, metadata: placeless });
  });
  return { name, comment: text.split('\n', 1)[0]!.replace(/^# /, ''), documents };
}
