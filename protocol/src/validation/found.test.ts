import { describeConcealed, describeFound } from './found.ts';

test.each([
  [undefined, 'nothing'],
  [null, 'null'],
  [true, 'true'],
  [80, '80'],
  ['80', '"80"'],
  ['a\nb', '"a\\nb"'],
  [[1, 2], 'a list of 2'],
  [{}, 'an object with no fields'],
  [{ name: 'a', password: 'hunter2' }, 'an object with the fields name, password'],
  [10n, '10'],
])('%j is described as %s', (value, expected) => {
  expect(describeFound(value)).toBe(expected);
});

test('a description has at most 80 characters, whatever is described', () => {
  const cycle: Record<string, unknown> = {};
  cycle.self = cycle;
  const wide = Object.fromEntries(Array.from({ length: 50 }, (_, index) => [`field-number-${index}`, index]));
  for (const value of [
    'x'.repeat(1e6),
    '\n'.repeat(79),
    cycle,
    wide,
    new Array(1e6),
    () => 'x'.repeat(100),
  ]) {
    expect(describeFound(value).length).toBeLessThanOrEqual(80);
  }
});

test('a value that may be secret is measured and not shown', () => {
  expect(describeConcealed('Bearer abc\n')).toBe('a text of 11 characters, with a line break (not shown)');
  expect(describeConcealed(5)).toBe('5');
});
