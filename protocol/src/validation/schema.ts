/** Building blocks of our JSON Schemas: each says in words what it expects, for the person who reads the error. */
import type { FormatName } from './formats.ts';
import { FORMATS } from './formats.ts';

/** JSON Schema (draft-07 vocabulary) with annotations of our own, which the validator turns into words. */
export interface Schema {
  /** What belongs at this place, completing "expected ...". */
  expected?: string;
  /** What belongs in the field `type` of a union. */
  tagExpected?: string;
  /** Known fields that are refused for now, and what to say about them. */
  notYet?: Readonly<Record<string, string>>;
  /** The value may be secret and is never quoted. */
  concealed?: boolean;
  properties?: Readonly<Record<string, Schema>>;
  [keyword: string]: unknown;
}

interface ObjectOptions {
  required?: readonly string[];
  notYet?: Readonly<Record<string, string>>;
  concealed?: boolean;
}

/** An object with these fields and no others. */
export function closedObject(
  expected: string,
  properties: Readonly<Record<string, Schema>>,
  options: ObjectOptions = {},
): Schema {
  return { ...openObject(expected, properties, options), additionalProperties: false };
}

/** An object with at least these fields; others are left to newer versions. */
export function openObject(
  expected: string,
  properties: Readonly<Record<string, Schema>>,
  { required = [], ...annotations }: ObjectOptions = {},
): Schema {
  return { type: 'object', expected, properties, required, ...annotations };
}

export interface ListBounds {
  min?: number;
  max: number;
  concealed?: boolean;
}

/** A list of what `items` says; `expected` names the items in the plural. */
export function list(
  expected: string,
  items: Schema,
  { min = 0, max, concealed = false }: ListBounds,
): Schema {
  const bounds = min === 0 ? `at most ${max}` : `${min} to ${max}`;
  return {
    type: 'array',
    expected: `a list of ${bounds} ${expected}`,
    items,
    minItems: min,
    maxItems: max,
    concealed,
  };
}

/** A text of one of the formats. */
export function text(format: FormatName): Schema {
  return { type: 'string', format, expected: FORMATS[format].expected };
}

/** Any text of that many characters. */
export function freeText(expected: string, minLength: number, maxLength: number): Schema {
  return {
    type: 'string',
    minLength,
    maxLength,
    expected: `${expected} of ${minLength} to ${maxLength} characters`,
  };
}

export function integer(expected: string, minimum: number, maximum: number): Schema {
  return { type: 'integer', minimum, maximum, expected: `${expected} ${minimum}..${maximum}` };
}

export const BOOLEAN: Schema = { type: 'boolean', expected: 'true or false' };

/** One of a few values; `hint` says why others are not among them. */
export function choice(values: readonly (string | number)[], hint?: string): Schema {
  return { enum: values, expected: expectOneOf(values, hint) };
}

/** Objects told apart by their field `type`; each has exactly the fields that its type asks for. */
export function union(
  expected: string,
  members: Readonly<Record<string, Readonly<Record<string, Schema>>>>,
  { hint, ...options }: { hint?: string; notYet?: Readonly<Record<string, string>> } = {},
): Schema {
  const types = Object.keys(members);
  const alternatives = Object.entries(members).map(([type, fields]) =>
    closedObject(
      expected,
      { type: { const: type }, ...fields },
      { ...options, required: Object.keys(fields) },
    ),
  );
  return {
    type: 'object',
    expected,
    required: ['type'],
    discriminator: { propertyName: 'type' },
    tagExpected: expectOneOf(types, hint),
    oneOf: alternatives,
  };
}

function expectOneOf(values: readonly (string | number)[], hint: string | undefined): string {
  return `one of ${values.join(', ')}${hint === undefined ? '' : `; ${hint}`}`;
}
