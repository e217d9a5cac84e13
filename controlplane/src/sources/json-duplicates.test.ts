import { findDuplicateKey } from './json-duplicates.ts';

test.each([
  ['{"a":1,"a":2}', 'a'],
  ['{"x":[{"b":1,"c":{"d":1},"b":2}]}', 'b'],
  ['{"\\u0061":1,"a":2}', 'a'],
  ['{"a":"{\\"a\\":1,","b":1,"b":2}', 'b'],
  ['{"a,":[1,{"k":[]}],"a,":{}}', 'a,'],
])('%s has a key twice', (text, key) => {
  expect(findDuplicateKey(text)?.key).toBe(key);
});

test.each(['{}', '[]', '"a"', '{"a":{"a":{"a":"a"}}}', '[{"a":1},{"a":1}]', '{"a":["b","b"],"b":"a"}'])(
  '%s has each key once in an object',
  (text) => {
    expect(findDuplicateKey(text)).toBeUndefined();
  },
);
