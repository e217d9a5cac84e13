/** Canonical JSON (RFC 8785): equal values give equal text, whatever wrote them. */
import { ProtocolError, type ProtocolErrorCode } from '../errors.ts';
import { pointerTo } from '../values/json-pointer.ts';

/** Deeper than any valid resource; a cycle (a YAML alias can make one) ends here instead of on the stack. */
const MAX_DEPTH = 32;

type Path = (string | number)[];

/**
 * Keys sorted by UTF-16 code units, no white space, numbers as ECMAScript writes them.
 * Throws ProtocolError NOT_JSON_VALUE for what JSON cannot carry (undefined, NaN, a Date, half a surrogate pair)
 * and TOO_DEEP for more than 32 levels.
 */
export function canonicalJson(value: unknown): string {
  return write(value, []);
}

function write(value: unknown, path: Path): string {
  if (typeof value === 'string') return writeText(value, path);
  if (value === null || typeof value === 'boolean') return String(value);
  if (typeof value === 'number' && Number.isFinite(value)) return JSON.stringify(value);
  if (path.length > MAX_DEPTH) throw fail('TOO_DEEP', `more than ${MAX_DEPTH} levels deep`, path);
  if (Array.isArray(value)) return writeArray(value, path);
  if (isPlainObject(value)) return writeObject(value, path);
  throw fail('NOT_JSON_VALUE', describe(value), path);
}

function writeText(text: string, path: Path): string {
  // Half a surrogate pair turns into U+FFFD on the way through UTF-8, and the hash would differ on the other side.
  if (!text.isWellFormed()) throw fail('NOT_JSON_VALUE', 'a text with half a surrogate pair', path);
  return JSON.stringify(text);
}

function writeArray(array: readonly unknown[], path: Path): string {
  let text = '';
  for (let index = 0; index < array.length; index++) {
    path.push(index);
    text += (index === 0 ? '' : ',') + write(array[index], path);
    path.pop();
  }
  return `[${text}]`;
}

function writeObject(object: Readonly<Record<string, unknown>>, path: Path): string {
  let text = '';
  for (const key of Object.keys(object).sort()) {
    path.push(key);
    text += `${text === '' ? '' : ','}${writeText(key, path)}:${write(object[key], path)}`;
    path.pop();
  }
  return `{${text}}`;
}

/** Dates, maps and other instances look like empty objects to a JSON Schema; here they are refused. */
function isPlainObject(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

function describe(value: unknown): string {
  if (typeof value === 'object') return `an instance of ${value?.constructor?.name}`;
  return typeof value === 'number' ? String(value) : typeof value;
}

function fail(code: ProtocolErrorCode, detail: string, path: Path): ProtocolError {
  return new ProtocolError(code, detail, pointerTo('', ...path));
}
