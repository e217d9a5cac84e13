/** The set of fields that a manager owns, as the server writes it (FieldsV1), and the values an object has in it. */

/**
 * Keys are `f:NAME` (a field), `k:{JSON}` (the list item with these keys), `v:JSON` (the item with this value), `i:N`
 * (the item at this place) and `.` (the thing itself); an empty set below a key means the whole value.
 */
export type FieldSet = Record<string, unknown>;

/** The values as nested records by the set's own keys; fields that the object lacks are left out. Equal values give equal records. */
export function extractFields(value: unknown, fields: FieldSet): unknown {
  const parts = Object.entries(fields).filter(([key]) => key !== '.');
  if (parts.length === 0) return value;
  const extract: Record<string, unknown> = {};
  for (const [key, below] of parts) {
    const found = step(value, key);
    if (found !== undefined) extract[key] = extractFields(found, (below ?? {}) as FieldSet);
  }
  return extract;
}

/** Deeply equal as JSON; the order of an object's fields says nothing. */
export function sameJson(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const keys = Object.keys(a);
  if (keys.length !== Object.keys(b).length) return false;
  return keys.every((key) => Object.hasOwn(b, key) && sameJson(field(a, key), field(b, key)));
}

function step(value: unknown, key: string): unknown {
  const rest = key.slice(2);
  switch (key.slice(0, 2)) {
    case 'f:':
      return field(value, rest);
    case 'k:': {
      const keys = Object.entries(JSON.parse(rest) as Record<string, unknown>);
      return items(value).find((item) => keys.every(([name, wanted]) => sameJson(keyOf(item, name), wanted)));
    }
    case 'v:': {
      const wanted: unknown = JSON.parse(rest);
      return items(value).find((item) => sameJson(item, wanted));
    }
    case 'i:':
      return items(value)[Number(rest)];
    default:
      throw new TypeError(`a field set has the unknown key ${key}`);
  }
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? (value as Record<string, unknown>)[name]
    : undefined;
}

function items(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

/** A key with a default in the schema is in the set also where the item leaves it out: only `protocol` is such a key. */
function keyOf(item: unknown, name: string): unknown {
  return field(item, name) ?? (name === 'protocol' ? 'TCP' : undefined);
}
