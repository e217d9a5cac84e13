/** Every way in which a bootstrap can be of no use to an instance. */

/** The reference documentation lists them from here. None of it ends the instance. */
export const BOOTSTRAP_PROBLEMS = {
  Damaged: 'it is cut off or altered, or is no bootstrap at all; it is ignored',
  Foreign: 'it belongs to another DataPlane; it is ignored',
  Incomplete:
    'parts are missing, or belong to two writings, as when a control plane died between them; it is looked at again',
  NewerFormat: 'a newer version wrote it; it is ignored',
  VersionSkew: 'its configuration uses what this instance is too old for; it is ignored',
  Unreadable: 'a file or the directory cannot be read; it is looked at again',
} as const;

export type BootstrapProblem = keyof typeof BOOTSTRAP_PROBLEMS;

export class BootstrapError extends Error {
  override readonly name = 'BootstrapError';
  readonly problem: BootstrapProblem;

  constructor(problem: BootstrapProblem, detail: string, options?: ErrorOptions) {
    super(detail, options);
    this.problem = problem;
  }
}
