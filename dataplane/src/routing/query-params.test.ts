import fc from 'fast-check';
import { firstQueryParams } from './query-params.ts';

test.each([
  ['the first of several values counts', 'a=1&a=2', 'a', '1'],
  ['a name without equals sign has the empty value', 'a', 'a', ''],
  ['a value may hold equals signs', 'a=b=c', 'a', 'b=c'],
  ['names and values are decoded', '%61=%C3%A9', 'a', 'é'],
  ['a plus sign is a space', 'a=x+y', 'a', 'x y'],
  ['a bad escape stands for itself', 'a=%zz', 'a', '%zz'],
  ['a broken character stands for itself', 'a=%C3', 'a', '%C3'],
  ['empty pairs are skipped', '&&a=1&', 'a', '1'],
])('%s: %s', (_title, query, name, value) => {
  expect(firstQueryParams(query).get(name)).toBe(value);
});

test('an empty query has no parameters', () => {
  expect(firstQueryParams('').size).toBe(0);
});

test('no query throws', () => {
  const nearQuery = fc
    .array(fc.constantFrom('&', '=', '+', '%', '%C3', '%A9', 'a', '\xe9'))
    .map((parts) => parts.join(''));
  fc.assert(fc.property(nearQuery, (query) => void firstQueryParams(query)));
});
