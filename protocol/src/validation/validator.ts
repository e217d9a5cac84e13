/** Compiles a JSON Schema once, and turns its errors into one clean problem for each mistake. */
import { Ajv, type ErrorObject } from 'ajv';
import { pointerTo } from '../values/json-pointer.ts';
import { FORMATS } from './formats.ts';
import { describeConcealed, describeFound } from './found.ts';
import type { Schema } from './schema.ts';

export interface Problem {
  /** JSON pointer (RFC 6901) into the value. */
  pointer: string;
  expected: string;
  found: string;
}

/** Problems of `value`, their pointers prefixed with `at`; none where it is valid. */
export type Validator = (value: unknown, at: string) => Problem[];

const ajv = new Ajv({ allErrors: true, verbose: true, discriminator: true, strictRequired: false });
ajv.addVocabulary(['expected', 'tagExpected', 'notYet', 'concealed']);
for (const [name, format] of Object.entries(FORMATS)) ajv.addFormat(name, format.validate);

export function compileSchema(schema: Schema): Validator {
  const validate = ajv.compile(schema);
  return (value, at) => (validate(value) ? [] : readErrors(validate.errors ?? [], at));
}

/** One problem for each place: a union without its type is told by two errors. */
function readErrors(errors: readonly ErrorObject[], at: string): Problem[] {
  const problems = new Map<string, Problem>();
  for (const error of errors) {
    const problem = readError(error);
    const pointer = at + problem.pointer;
    problems.set(pointer, { ...problem, pointer });
  }
  return [...problems.values()];
}

function readError(error: ErrorObject): Problem {
  const schema = error.parentSchema as Schema;
  const pointer = error.instancePath;
  switch (error.keyword) {
    case 'additionalProperties':
      return refuseField(schema, pointer, error.params.additionalProperty);
    case 'required':
      return missField(schema, pointer, error.params.missingProperty);
    case 'discriminator':
      return refuseTag(schema, pointer, error.params.tagValue);
    default:
      return { pointer, expected: schema.expected ?? '', found: found(schema, error.data) };
  }
}

/** The field's value is not shown: what an unknown field holds may be anything, a password too. */
function refuseField(schema: Schema, pointer: string, field: string): Problem {
  const allowed = `only ${Object.keys(schema.properties ?? {}).join(', ')}`;
  const notYet = schema.notYet ?? {};
  const expected = Object.hasOwn(notYet, field) ? `${allowed}; ${notYet[field]}` : allowed;
  return { pointer: pointerTo(pointer, field), expected, found: `the field ${describeFound(field)}` };
}

function missField(schema: Schema, pointer: string, field: string): Problem {
  const expected = schema.properties?.[field]?.expected ?? schema.tagExpected;
  return { pointer: pointerTo(pointer, field), expected: expected ?? '', found: 'nothing' };
}

function refuseTag(schema: Schema, pointer: string, tag: unknown): Problem {
  return {
    pointer: pointerTo(pointer, 'type'),
    expected: schema.tagExpected ?? '',
    found: describeFound(tag),
  };
}

function found(schema: Schema, value: unknown): string {
  return schema.concealed === true ? describeConcealed(value) : describeFound(value);
}
