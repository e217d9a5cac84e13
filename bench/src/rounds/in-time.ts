/** Whether an open-loop generator kept its own time: where it did not, its lateness would be measured and no contender. */

const BOUND_US = 2_000;

export function inTime(round: ReadonlyMap<string, { lateP99Us: number }>): string | undefined {
  const late = [...round].find(([, { lateP99Us }]) => lateP99Us > BOUND_US);
  if (late === undefined) return undefined;
  const [name, { lateP99Us }] = late;
  return `before ${name} the generator was ${lateP99Us} us late at its 99th percentile, and ${BOUND_US} us is the bound`;
}
