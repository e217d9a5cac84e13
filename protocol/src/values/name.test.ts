import { isDataPlane, isName, isServiceName, isZone } from './name.ts';

const LABEL_OF_63 = 'a'.repeat(63);

test.each(['orders', 'a', '0', 'orders-2.shop', LABEL_OF_63, 'constructor'])('%j is a name', (text) => {
  expect(isName(text)).toBe(true);
});

test.each([
  '',
  'Orders',
  '-a',
  'a-',
  'a..b',
  '.a',
  'a.',
  'a_b',
  'a/b',
  `${LABEL_OF_63}a`,
  'a\n',
  '__proto__',
])('%j is no name', (text) => {
  expect(isName(text)).toBe(false);
});

test('a name has at most 253 characters', () => {
  const longest = `${LABEL_OF_63}.${LABEL_OF_63}.${LABEL_OF_63}.${'a'.repeat(61)}`;
  expect([isName(longest), isName(`${longest}a`)]).toEqual([true, false]);
});

test('the name of a Service begins with a letter and has no dots', () => {
  expect(['orders', '0rders', 'a.b'].map(isServiceName)).toEqual([true, false, false]);
});

test('a zone is written as clouds write it', () => {
  expect(['eu-central-1a', 'Zone_B.2', '', 'a b', '-a'].map(isZone)).toEqual([
    true,
    true,
    false,
    false,
    false,
  ]);
});

test('a data plane is a namespace and a name', () => {
  const texts = ['default/edge', 'edge', 'a/b/c', '/edge', 'default/', '../edge', 'default/..'];
  expect(texts.filter(isDataPlane)).toEqual(['default/edge']);
});
