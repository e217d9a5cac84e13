/** Why an instance refuses a revision: every code of a nack, except those that compiling gives (`routing/compile-error.ts`). */
import type { ConfigurationProblem } from '@holdfast/protocol/configuration/types.ts';
import type { Reason } from '@holdfast/protocol/stream/messages.ts';
import { MAX_REASONS } from '@holdfast/protocol/stream/reasons.ts';

/** The reference documentation lists them from here. */
export const REFUSALS = {
  HashMismatch: 'the received resources do not give the hash that the revision names',
  SequenceRegression: 'the revision is older than what the instance serves, within one lineage',
  InvalidConfiguration: 'a resource of the revision breaks the rules of the gateway configuration',
  CompileFailed: 'checking the revision failed in a way that nobody foresaw',
  WorkerRefused: 'a worker could not take the revision over',
  ApplyTimeout: 'the workers neither served nor refused the revision in time',
} as const;

export type RefusalCode = keyof typeof REFUSALS;

export function refusal(code: RefusalCode, detail?: string): Reason {
  return { code, message: detail ? `${REFUSALS[code]}: ${detail}` : REFUSALS[code] };
}

export function invalidConfiguration({ pointer, expected, found }: ConfigurationProblem): Reason {
  return { code: 'InvalidConfiguration', message: `expected ${expected}, found ${found}`, pointer };
}

/** 1 to 16 reasons, as a nack carries them; `otherwise` where none was given. Their lengths are the codec's to bound. */
export function boundReasons(reasons: readonly Reason[], otherwise: RefusalCode): Reason[] {
  return reasons.length === 0 ? [refusal(otherwise)] : reasons.slice(0, MAX_REASONS);
}
