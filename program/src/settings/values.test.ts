import { StartError } from '../errors.ts';
import type { Given } from './given.ts';
import * as values from './values.ts';

function given(text: string) {
  return { source: '--it', text };
}

test.each([
  ['true', true],
  ['1', true],
  ['false', false],
  ['0', false],
])('%s is %s', (text, expected) => {
  expect(values.truth(given(text))).toBe(expected);
});

test('a list is read part by part, each once', () => {
  expect(values.list(given('a, b,a'), 2, ({ text }) => text)).toEqual(['a', 'b']);
});

test.each([
  ['yes', values.truth, 'true or false'],
  ['loud', values.logLevel, 'trace, debug, info, warn, error, fatal, silent'],
  ['a\0b', values.path, 'a path'],
  ['', values.path, 'a path'],
  ['0', (one: Given) => values.wholeNumber(one, 1, 9), 'a whole number from 1 to 9'],
  ['10', (one: Given) => values.wholeNumber(one, 1, 9), 'a whole number from 1 to 9'],
  ['1.5', (one: Given) => values.wholeNumber(one, 1, 9), 'a whole number from 1 to 9'],
  ['B', (one: Given) => values.matching(one, /^[a-z]$/, 'a letter'), 'a letter'],
  ['B', (one: Given) => values.parsed(one, () => undefined, 'a thing'), 'a thing'],
])('%j is refused with what was found and what is allowed', (text, read, allowed) => {
  expect(() => read(given(text))).toThrow(StartError);
  expect(() => read(given(text))).toThrow(`--it: found ${JSON.stringify(text)}, allowed is ${allowed}`);
});

test('a bad part of a list is named, and a list that is too long is counted', () => {
  const read = () => values.list(given('true,maybe'), 2, values.truth);
  expect(read).toThrow('--it: found "maybe", allowed is true or false');
  expect(() => values.list(given('a,b,c'), 2, values.path)).toThrow(
    '--it: found 3 values, allowed are at most 2',
  );
});
