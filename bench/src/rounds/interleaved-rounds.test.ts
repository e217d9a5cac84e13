import { interleavedRounds, type RoundsPlan } from './interleaved-rounds.ts';

function plan(change: Partial<RoundsPlan<number>>): RoundsPlan<number> {
  return {
    rounds: 3,
    spare: 1,
    names: ['a', 'b', 'c'],
    measure: () => Promise.resolve(0),
    objection: () => undefined,
    onThrownAway: () => {},
    ...change,
  };
}

test('contenders take turns, and each round begins with the next one', async () => {
  const order: string[] = [];
  const samples = await interleavedRounds(
    plan({
      measure: (name) => {
        order.push(name);
        return Promise.resolve(order.length);
      },
    }),
  );
  expect(order.join('')).toBe('abcbcacab');
  expect(samples.get('a')).toEqual([1, 6, 8]);
});

test('a round that is not fair is measured again and leaves no sample', async () => {
  const objections: string[] = [];
  const samples = await interleavedRounds(
    plan({
      measure: (_name, round) => Promise.resolve(round),
      objection: (round) => (round.get('a') === 1 ? 'noise' : undefined),
      onThrownAway: (objection) => objections.push(objection),
    }),
  );
  expect(samples.get('b')).toEqual([0, 2, 3]);
  expect(objections).toEqual(['noise']);
});

test('the run is refused when more rounds than the spare ones are not fair', async () => {
  const objections: string[] = [];
  const run = interleavedRounds(
    plan({ objection: () => 'noise', onThrownAway: (objection) => objections.push(objection) }),
  );
  await expect(run).rejects.toMatchObject({ code: 'Refused', message: expect.stringContaining('noise') });
  expect(objections).toHaveLength(2);
});
