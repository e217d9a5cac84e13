/** Writes a problem of a configuration as one line for a log, a terminal or a status. */
import type { ConfigurationProblem } from './types.ts';

/** `edge.yaml: /routes/0/timeouts/request: expected a duration such as 10s, found "soon"`. */
export function formatProblem({ source, pointer, expected, found }: ConfigurationProblem): string {
  const place = pointer === '' ? 'the whole document' : pointer;
  const line = `${source === undefined ? '' : `${source}: `}${place}: expected ${expected}, found ${found}`;
  return escapeControls(line);
}

/** A field's name can hold a line break, which would forge a line of the log. */
function escapeControls(text: string): string {
  return text.replace(/\p{Cc}|\u2028|\u2029/gu, (control) => {
    return `\\u${control.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
}
