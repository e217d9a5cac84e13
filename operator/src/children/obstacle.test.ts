import { ApiError, KubeError } from '@holdfast/kube/errors.ts';
import { OperatorError } from '../errors.ts';
import { jointObstacle, obstacleOf } from './obstacle.ts';

test.each<[string, Error, string]>([
  ['a foreign child', new KubeError('NOT_OWNED', 'Service a/b is x'), 'ChildNotOwned: Service a/b is x'],
  ['an invalid child', new ApiError('Invalid', 'bad'), 'ChildRefused: the Service is refused: bad'],
  ['a forbidden child', new ApiError('Forbidden', 'quota'), 'ChildRefused: the Service is refused: quota'],
  ['an overlay', new OperatorError('OVERLAY_INVALID', 'o'), 'ChildRefused: the Service is refused: o'],
])('%s is for a person to mend', (_title, error, expected) => {
  const { reason, message } = obstacleOf(error, 'the Service')!;
  expect(`${reason}: ${message}`).toBe(expected);
});

test.each<[string, Error]>([
  ['a conflict', new ApiError('Conflict', 'c')],
  ['a server that is away', new ApiError('Unreachable', 'u')],
  ['a failure of the server', new ApiError('InternalError', 'i')],
  ['a bug', new TypeError('t')],
])('%s is tried again', (_title, error) => {
  expect(obstacleOf(error, 'the Service')).toBeUndefined();
});

test('several obstacles are one, and each is named', () => {
  const obstacles = [
    { reason: 'ChildNotOwned' as const, message: 'a' },
    { reason: 'ChildRefused' as const, message: 'b' },
  ];
  expect(jointObstacle(obstacles)).toEqual({ reason: 'ChildNotOwned', message: 'a; b' });
  expect(jointObstacle([])).toBeUndefined();
});
