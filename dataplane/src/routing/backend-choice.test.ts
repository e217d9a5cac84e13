import type { Backend } from '../upstreams/backend.ts';
import { Upstream } from '../upstreams/upstream.ts';
import { backendChoice } from './backend-choice.ts';

const backend = (name: string): Backend => ({ name, upstream: new Upstream(name, 1), pick: () => undefined });
const [a, b, c] = [backend('a'), backend('b'), backend('c')];

test('a route without backends, or with weights of 0 only, has none to take', () => {
  expect(backendChoice([])()).toBeUndefined();
  expect(backendChoice([{ backend: a, weight: 0 }])()).toBeUndefined();
});

test('the only backend with a weight is always taken', () => {
  const choose = backendChoice([
    { backend: a, weight: 0 },
    { backend: b, weight: 1 },
  ]);
  expect(choose()).toBe(b);
});

test('each backend gets the share that its weight says, to the bounds of its part', () => {
  let drawn = 0;
  const choose = backendChoice(
    [
      { backend: a, weight: 90 },
      { backend: b, weight: 0 },
      { backend: c, weight: 10 },
    ],
    () => drawn,
  );
  const shares = new Map<Backend | undefined, number>();
  for (let draw = 0; draw < 100; draw++) {
    drawn = draw / 100;
    shares.set(choose(), (shares.get(choose()) ?? 0) + 1);
  }
  expect(shares).toEqual(
    new Map([
      [a, 90],
      [c, 10],
    ]),
  );
});

test('rounding at the end of the range still takes a backend', () => {
  const choose = backendChoice(
    [
      { backend: a, weight: 1 },
      { backend: c, weight: 2 },
    ],
    () => 1 - Number.EPSILON / 2,
  );
  expect(choose()).toBe(c);
});
