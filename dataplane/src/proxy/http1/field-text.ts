/** Header fields between their text in a message and the list of names and values that edits and matches work on. */
import type { HeaderEdit } from '../../routing/compiled-route.ts';
import { applyEdit, type Fields } from '../fields.ts';

const SENDABLE_NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const SENDABLE_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

/** Names and values in turn. `text`: lines that the scanner has accepted. */
export function fieldsOf(text: string): Fields {
  const fields: Fields = [];
  for (let at = 0; at < text.length; ) {
    const colon = text.indexOf(':', at);
    const end = text.indexOf('\r\n', at);
    if (colon < 0 || end < colon) break;
    fields.push(text.slice(at, colon), trimmed(text.slice(colon + 1, end)));
    at = end + 2;
  }
  return fields;
}

/** The field lines after a filter's edit. Throws where a name or value can't be written as HTTP. */
export function editedText(text: string, edit: HeaderEdit | undefined): string {
  return edit === undefined ? text : fieldText(applyEdit(fieldsOf(text), edit));
}

export function fieldText(fields: Readonly<Fields>): string {
  let text = '';
  for (let at = 0; at < fields.length; at += 2) {
    const name = fields[at]!;
    const value = fields[at + 1]!;
    if (!SENDABLE_NAME.test(name) || !SENDABLE_VALUE.test(value)) {
      throw new TypeError(`the field ${JSON.stringify(name)} can't be written as HTTP`);
    }
    text += `${name}: ${value}\r\n`;
  }
  return text;
}

/** By name in lower case, as routes match them; a repeated field becomes one list (RFC 9110 5.3). */
export function headersOf(fields: Readonly<Fields>): Record<string, string> {
  const headers: Record<string, string> = Object.create(null);
  for (let at = 0; at < fields.length; at += 2) {
    const name = fields[at]!.toLowerCase();
    const earlier = headers[name];
    headers[name] = earlier === undefined ? fields[at + 1]! : `${earlier}, ${fields[at + 1]!}`;
  }
  return headers;
}

/** Of tabs and spaces; anything else that `trim` takes for a space may be a character of another set. */
function trimmed(value: string): string {
  return value.replace(/^[\t ]+|[\t ]+$/g, '');
}
