import { isInTheClear, mayHoldSecret, parseControlPlaneUrl } from './control-plane-url.ts';

test.each(['ws://127.0.0.1:7943', 'wss://control.example', 'wss://[::1]:1/v1/stream'])(
  '%s is one',
  (text) => {
    expect(parseControlPlaneUrl(text)).toEqual(new URL(text));
  },
);

test.each(['', 'control.example:1', 'ws://', 'http://127.0.0.1:1', 'ws://a#b', 'ws://a:70000'])(
  '%j is none',
  (text) => {
    expect(parseControlPlaneUrl(text)).toBeUndefined();
  },
);

test.each([
  ['ws://user:secret@127.0.0.1:1', true],
  ['ws://127.0.0.1/v1/stream?token=secret', true],
  ['ws://127.0.0.1/v1/stream', false],
])('%s may hold a secret (I7): %s', (text, expected) => {
  expect(mayHoldSecret(text)).toBe(expected);
});

test.each([
  ['ws://control.example', true],
  ['ws://[::1]:1', false],
  ['ws://127.0.0.1:1', false],
  ['wss://control.example', false],
])('%s is in the clear (I7): %s', (text, expected) => {
  expect(isInTheClear(new URL(text))).toBe(expected);
});
