import { seededRandom } from './fixtures/seeded-random.ts';
import { RandomChoice } from './random-choice.ts';
import { TargetRegistry } from './target-registry.ts';

const registry = new TargetRegistry();
const upstream = registry.upstream('one');
const TARGETS = Array.from({ length: 4 }, (_, index) =>
  registry.target(upstream, { address: '10.0.0.1', port: index + 1 }),
);

function sharesOf(tried: number[]): Map<number, number> {
  const balancer = new RandomChoice(seededRandom(7));
  const shares = new Map<number, number>();
  const closed = tried.map((port) => TARGETS[port - 1]!);
  for (let pick = 0; pick < 8_000; pick++) {
    const { port } = balancer.choose(TARGETS, closed, undefined)!;
    shares.set(port, (shares.get(port) ?? 0) + 1);
  }
  return shares;
}

test('each target gets its part', () => {
  for (const share of sharesOf([]).values()) expect(Math.abs(share - 2_000)).toBeLessThan(150);
});

test('what a closed target would have got is shared by all others, not given to its neighbour', () => {
  const shares = sharesOf([2]);
  expect([...shares.keys()].sort()).toEqual([1, 3, 4]);
  for (const share of shares.values()) expect(Math.abs(share - 2_667)).toBeLessThan(150);
});
