/** Every way in which a run can end without a result. */

export const BENCH_ERRORS = {
  UnknownLoad: 'LOADS names a load that there is not',
  Unmeasurable: 'the machine has fewer than two cores for it',
  ContenderFailed: 'a contender did not start, ended, or answered wrongly',
  LoadFailed: 'a load generator did not do what it was asked',
  Refused: 'plain nginx against itself differs too much: the machine is not quiet enough to judge anything',
} as const;

export class BenchError extends Error {
  override readonly name = 'BenchError';
  readonly code: keyof typeof BENCH_ERRORS;

  constructor(code: keyof typeof BENCH_ERRORS, detail: string) {
    super(detail);
    this.code = code;
  }
}
