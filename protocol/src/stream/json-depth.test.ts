import { isDeeperThan } from './json-depth.ts';

test.each([
  ['{"a":[1,{"b":2}]}', 3],
  ['[[],[],[]]', 2],
  ['"[[[["', 0],
  ['["\\"[[[[", "\\\\"]', 1],
  ['["\\\\", []]', 2],
  ['1', 0],
])('%s is %i levels deep', (text, depth) => {
  expect([isDeeperThan(text, depth), depth > 0 && isDeeperThan(text, depth - 1)]).toEqual([false, depth > 0]);
});

test.each(['"', '"\\', '["abc', ']]]]'])('the broken text %j ends the measuring like any other', (text) => {
  expect(isDeeperThan(text, 1)).toBe(false);
});
