import fc from 'fast-check';
import { ProtocolError } from '../errors.ts';
import { canonicalJson } from './canonical.ts';

test('the example of RFC 8785 gives the text of RFC 8785', () => {
  const value = {
    numbers: [Number('333333333.33333329'), 1e30, 4.5, 2e-3, 0.000000000000000000000000001],
    string: '\u20ac$\u000F\u000aA\'\u0042\u0022\u005c\\"/',
    literals: [null, true, false],
  };
  expect(canonicalJson(value)).toBe(
    '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],' +
      '"string":"\u20ac$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}',
  );
});

test('keys are sorted by UTF-16 code units, as in the example of RFC 8785', () => {
  const keys = ['\u20ac', '\r', '\ufb33', '1', '\ud83d\ude00', '\u0080', '\u00f6'];
  const text = canonicalJson(Object.fromEntries(keys.map((key) => [key, 0])));
  expect(Object.keys(JSON.parse(text) as object)).toEqual([
    '1',
    '\r',
    '\u0080',
    '\u00f6',
    '\u20ac',
    '\ud83d\ude00',
    '\ufb33',
  ]);
});

test('minus zero is zero', () => {
  expect(canonicalJson([-0, 0])).toBe('[0,0]');
});

test('"__proto__" is a key like any other', () => {
  const value: unknown = JSON.parse('{"b":1,"__proto__":{"polluted":true}}');
  expect(canonicalJson(value)).toBe('{"__proto__":{"polluted":true},"b":1}');
  expect(({} as Record<string, unknown>).polluted).toBeUndefined();
});

test('canonical text reads back as the value it was made from', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 6 }), (value) => {
      const text = canonicalJson(value);
      expect(text).toBe(canonicalJson(JSON.parse(JSON.stringify(value))));
      expect(canonicalJson(JSON.parse(text))).toBe(text);
    }),
  );
});

test('the order in which fields were written makes no difference', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (object) => {
      const reversed = Object.fromEntries(Object.entries(object).reverse());
      expect(canonicalJson(reversed)).toBe(canonicalJson(object));
    }),
  );
});

test.each([
  ['undefined', undefined, ''],
  ['a field that is undefined', { a: undefined }, '/a'],
  ['NaN', [Number.NaN], '/0'],
  ['infinity', [0, Number.POSITIVE_INFINITY], '/1'],
  ['a hole in a list', new Array(1), '/0'],
  ['a big integer', { a: 1n }, '/a'],
  ['a function', { 'a/b': () => 1 }, '/a~1b'],
  ['a date, as YAML has them', { timeouts: new Date(0) }, '/timeouts'],
  ['a map', new Map([['a', 1]]), ''],
  ['half a surrogate pair', ['\ud800'], '/0'],
  ['half a surrogate pair in a key', { '\udc00': 1 }, '/\udc00'],
])('%s has no canonical JSON', (_title, value, pointer) => {
  expect(() => canonicalJson(value)).toThrow(expect.objectContaining({ code: 'NOT_JSON_VALUE', pointer }));
});

test('a cycle ends in a typed error and not on the stack', () => {
  const cycle: unknown[] = [];
  cycle.push(cycle);
  expect(() => canonicalJson(cycle)).toThrow(ProtocolError);
  expect(() => canonicalJson(cycle)).toThrow(expect.objectContaining({ code: 'TOO_DEEP' }));
});
