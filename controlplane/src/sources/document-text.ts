/** Turns the text of a file into documents, or into the places where it is no valid YAML or JSON. */
import type { SourceDocument } from '@holdfast/protocol/configuration/documents.ts';
import type { ConfigurationProblem } from '@holdfast/protocol/configuration/types.ts';
import { parseAllDocuments, type YAMLError } from 'yaml';
import { findDuplicateKey } from './json-duplicates.ts';

/** Aliases that a document may use: more is the "billion laughs" attack, not configuration. */
const MAX_ALIASES = 1_000;
/** Problems named for one file; the first few are what a person mends. */
const MAX_PROBLEMS = 16;

export interface ParsedText {
  documents: SourceDocument[];
  problems: ConfigurationProblem[];
}

/** Never throws. `source` names the file in problems. */
export function parseText(source: string, text: string): ParsedText {
  try {
    return text.trimStart().startsWith('{') ? parseJsonText(source, text) : parseYamlText(source, text);
  } catch (error) {
    // The parser's own bounds (aliases, nesting) are thrown, unlike its syntax errors.
    return broken(
      source,
      "YAML within the parser's bounds",
      error instanceof Error ? error.message : String(error),
    );
  }
}

/** JSON has a path of its own: it is what programs generate, large, and YAML takes a hundred times longer for it. */
function parseJsonText(source: string, text: string): ParsedText {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // A YAML flow mapping begins with a brace too, and YAML's errors name line and column.
    return parseYamlText(source, text);
  }
  const duplicate = findDuplicateKey(text);
  if (duplicate === undefined) return { documents: [{ source, value }], problems: [] };
  const found = `${JSON.stringify(duplicate.key)} twice, at ${lineAndColumn(text, duplicate.offset)}`;
  return broken(source, 'each key once in an object', found);
}

function parseYamlText(source: string, text: string): ParsedText {
  const parsed = parseAllDocuments(text, { stringKeys: true, prettyErrors: false });
  const documents: SourceDocument[] = [];
  const problems: ConfigurationProblem[] = [];
  for (const [index, document] of parsed.entries()) {
    const name = parsed.length > 1 ? `${source} (document ${index + 1})` : source;
    // A warning is, for example, a tag that was not understood: the value is not what its author meant.
    const faults = [...document.errors, ...document.warnings];
    for (const fault of faults) problems.push(syntaxProblem(name, text, fault));
    if (faults.length === 0)
      documents.push({ source: name, value: document.toJS({ maxAliasCount: MAX_ALIASES }) });
  }
  if (parsed.length === 0) documents.push({ source, value: null });
  return { documents, problems: problems.slice(0, MAX_PROBLEMS) };
}

function syntaxProblem(source: string, text: string, fault: YAMLError): ConfigurationProblem {
  const found = `${fault.message} at ${lineAndColumn(text, fault.pos[0])}`;
  return { source, pointer: '', expected: 'valid YAML', found };
}

function broken(source: string, expected: string, found: string): ParsedText {
  return { documents: [], problems: [{ source, pointer: '', expected, found }] };
}

function lineAndColumn(text: string, offset: number): string {
  const before = text.slice(0, offset).split('\n');
  return `line ${before.length}, column ${before.at(-1)!.length + 1}`;
}
