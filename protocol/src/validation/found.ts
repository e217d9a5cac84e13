/** Says what stands at a place, in few words and without copying what may be long or secret. */

const MAX_LENGTH = 80;

/** At most 80 characters. Texts and numbers are quoted as JSON; of objects and lists only the shape is told. */
export function describeFound(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === 'object' && value !== null) return shorten(`an object with ${describeFields(value)}`);
  return typeof value === 'string' ? quote(value) : shorten(String(value));
}

/** The same for values that may be secret: texts are only measured. */
export function describeConcealed(value: unknown): string {
  if (typeof value !== 'string') return describeFound(value);
  const breaks = /[\r\n]/.test(value) ? ', with a line break' : '';
  return `a text of ${value.length} characters${breaks} (not shown)`;
}

function describeFields(object: object): string {
  const names = Object.keys(object);
  return names.length === 0 ? 'no fields' : `the fields ${names.slice(0, 8).join(', ')}`;
}

function quote(text: string): string {
  return shorten(JSON.stringify(text.slice(0, MAX_LENGTH + 1)));
}

function shorten(text: string): string {
  return text.length <= MAX_LENGTH ? text : `${text.slice(0, MAX_LENGTH - 3)}...`;
}
