import { FORMATS } from './formats.ts';
import { choice, closedObject, freeText, integer, list, text, union } from './schema.ts';
import { compileSchema } from './validator.ts';

const check = compileSchema(
  closedObject(
    'a thing',
    {
      name: text('name'),
      size: integer('a size', 1, 9),
      password: { ...freeText('a password', 8, 64), concealed: true },
      colours: list('colours', choice(['red', 'blue']), { max: 2 }),
      shape: union('a shape', { Circle: { radius: integer('a radius', 0, 5) }, Point: {} }),
    },
    { required: ['name'], notYet: { weight: 'weight is not supported yet' } },
  ),
);

test('a valid value has no problems', () => {
  expect(check({ name: 'a', size: 9, colours: [], shape: { type: 'Point' } }, '/things/0')).toEqual([]);
});

test.each<[string, unknown, object]>([
  ['another type than an object', 5, { pointer: '/at', expected: 'a thing', found: '5' }],
  ['a missing field', {}, { pointer: '/at/name', expected: FORMATS.name.expected, found: 'nothing' }],
  [
    'a number out of bounds',
    { name: 'a', size: 10 },
    { pointer: '/at/size', expected: 'a size 1..9', found: '10' },
  ],
  [
    'a number that is none',
    { name: 'a', size: Number.NaN },
    { pointer: '/at/size', expected: 'a size 1..9', found: 'NaN' },
  ],
  [
    'an unknown field with a slash',
    { name: 'a', 'b/c': 1 },
    { pointer: '/at/b~1c', expected: 'only name, size, password, colours, shape', found: 'the field "b/c"' },
  ],
  [
    'a field of the future',
    { name: 'a', weight: 1 },
    {
      pointer: '/at/weight',
      expected: 'only name, size, password, colours, shape; weight is not supported yet',
      found: 'the field "weight"',
    },
  ],
  [
    'a secret that is too short',
    { name: 'a', password: 'abc' },
    {
      pointer: '/at/password',
      expected: 'a password of 8 to 64 characters',
      found: 'a text of 3 characters (not shown)',
    },
  ],
  [
    'a list that is too long',
    { name: 'a', colours: ['red', 'red', 'red'] },
    { pointer: '/at/colours', expected: 'a list of at most 2 colours', found: 'a list of 3' },
  ],
  [
    'a union without type',
    { name: 'a', shape: {} },
    { pointer: '/at/shape/type', expected: 'one of Circle, Point', found: 'nothing' },
  ],
  [
    'a union of an unknown type',
    { name: 'a', shape: { type: 'Square', side: 1 } },
    { pointer: '/at/shape/type', expected: 'one of Circle, Point', found: '"Square"' },
  ],
  [
    "a union with another member's field",
    { name: 'a', shape: { type: 'Point', radius: 1 } },
    { pointer: '/at/shape/radius', expected: 'only type', found: 'the field "radius"' },
  ],
])('%s is one problem, at its place and in words', (_title, value, problem) => {
  expect(check(value, '/at')).toEqual([problem]);
});

test('every mistake is told, not only the first', () => {
  const problems = check({ size: 0, colours: ['green', 'red'], shape: { type: 'Circle', radius: 9 } }, '');
  expect(problems.map(({ pointer }) => pointer).sort()).toEqual([
    '/colours/0',
    '/name',
    '/shape/radius',
    '/size',
  ]);
});

test.each(Object.entries(FORMATS))('the format %s ends soon with a long text', (_name, { validate }) => {
  for (const text of ['a'.repeat(1e6), '-'.repeat(1e6), `/${'%20'.repeat(1e5)}`, '1h'.repeat(1e5)]) {
    const started = performance.now();
    validate(`${text}\n`);
    expect(performance.now() - started).toBeLessThan(1000);
  }
});
