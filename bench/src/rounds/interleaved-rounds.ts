/** Measures contenders in turns, so that what the machine does meanwhile meets all of them alike. */
import { BenchError } from '../errors.ts';

export interface RoundsPlan<Sample> {
  rounds: number;
  /** So many more may be thrown away because they were not fair. */
  spare: number;
  names: readonly string[];
  measure(name: string, round: number): Promise<Sample>;
  /** What is wrong with a round; undefined where it can be judged by. */
  objection(round: ReadonlyMap<string, Sample>): string | undefined;
  onThrownAway(objection: string): void;
}

/** Each contender's samples, one a fair round. Throws `Refused` when the machine gives too few fair ones. */
export async function interleavedRounds<Sample>(plan: RoundsPlan<Sample>): Promise<Map<string, Sample[]>> {
  const samples = new Map<string, Sample[]>(plan.names.map((name) => [name, []]));
  let fair = 0;
  let thrownAway = 0;
  while (fair < plan.rounds) {
    const round = await measureRound(plan, fair + thrownAway);
    const objection = plan.objection(round);
    if (objection === undefined) {
      for (const [name, sample] of round) samples.get(name)!.push(sample);
      fair += 1;
      continue;
    }
    thrownAway += 1;
    plan.onThrownAway(objection);
    if (thrownAway > plan.spare)
      throw new BenchError(
        'Refused',
        `${thrownAway} rounds of ${fair + thrownAway} were not fair; the last: ${objection}`,
      );
  }
  return samples;
}

/** Each round begins with another contender: none is always the one after the heaviest. */
async function measureRound<Sample>(
  { names, measure }: RoundsPlan<Sample>,
  number: number,
): Promise<Map<string, Sample>> {
  const round = new Map<string, Sample>();
  const first = number % names.length;
  for (const name of [...names.slice(first), ...names.slice(0, first)])
    round.set(name, await measure(name, number));
  return round;
}
