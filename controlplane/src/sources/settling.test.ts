import type { Listing } from './listing.ts';
import { REMOVAL_SETTLE_MS, RETRY_MS, SETTLE_MS, Settling } from './settling.ts';

function listing(...fingerprints: string[]): Listing {
  const files = fingerprints.map((fingerprint, index) => {
    return { path: `/${index}.yaml`, source: `${index}.yaml`, fingerprint, size: 1 };
  });
  return { files, problems: [] };
}

test('files that stand still for a while are read once', () => {
  const settling = new Settling();
  expect(settling.observe(listing('a'), 0)).toBe('moving');
  expect(settling.observe(listing('a'), SETTLE_MS - 1)).toBe('moving');
  expect(settling.observe(listing('a'), SETTLE_MS)).toBe('settled');
  settling.markRead(listing('a'), SETTLE_MS, false);
  expect(settling.observe(listing('a'), SETTLE_MS + 1)).toBe('known');
});

test('each further change starts the wait again', () => {
  const settling = new Settling();
  settling.observe(listing('a'), 0);
  expect(settling.observe(listing('b'), SETTLE_MS)).toBe('moving');
  expect(settling.observe(listing('b'), 2 * SETTLE_MS)).toBe('settled');
});

test('a file that vanishes must stay away for longer, since editors delete before they write', () => {
  const settling = new Settling();
  settling.observe(listing('a', 'b'), 0);
  settling.markRead(listing('a', 'b'), 0, false);
  expect(settling.observe(listing('a'), 10)).toBe('moving');
  expect(settling.observe(listing('a'), 10 + SETTLE_MS)).toBe('moving');
  expect(settling.observe(listing('a', 'b'), 20 + SETTLE_MS)).toBe('known');
  settling.observe(listing('a'), 1_000);
  expect(settling.observe(listing('a'), 1_000 + REMOVAL_SETTLE_MS)).toBe('settled');
});

test('what could not be read is tried again after a while, though nothing changed', () => {
  const settling = new Settling();
  settling.observe(listing('a'), 0);
  settling.markRead(listing('a'), 0, true);
  expect(settling.observe(listing('a'), RETRY_MS - 1)).toBe('known');
  expect(settling.observe(listing('a'), RETRY_MS)).toBe('settled');
});
