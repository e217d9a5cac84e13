/** Which failures are for a person to mend, and so shown in the conditions, and which are tried again. */
import { isApiError, KubeError } from '@holdfast/kube/errors.ts';
import { ProtocolError } from '@holdfast/protocol/errors.ts';
import { OperatorError } from '../errors.ts';
import type { Obstacle } from '../status/observation.ts';

export type { Obstacle };

/** Undefined: it may go better the next time. `what` names the child. */
export function obstacleOf(error: unknown, what: string): Obstacle | undefined {
  if (error instanceof KubeError && error.code === 'NOT_OWNED') {
    return { reason: 'ChildNotOwned', message: error.message };
  }
  const refused = isApiError(error, 'Invalid', 'BadRequest', 'Forbidden', 'RequestEntityTooLarge');
  // A podTemplate nested without end has no canonical form.
  if (refused || error instanceof OperatorError || error instanceof ProtocolError) {
    return { reason: 'ChildRefused', message: `${what} is refused: ${(error as Error).message}` };
  }
  return undefined;
}

/** Several as one, each named; undefined where there is none. */
export function jointObstacle(obstacles: readonly Obstacle[]): Obstacle | undefined {
  const [first] = obstacles;
  if (first === undefined) return undefined;
  return { reason: first.reason, message: obstacles.map(({ message }) => message).join('; ') };
}
