/** Bounds on a duration, written as durations themselves. */
import { describeFound } from '../validation/found.ts';
import type { Problem } from '../validation/validator.ts';
import { parseDuration } from '../values/duration.ts';
import type { Duration } from './types.ts';

/** The problem of a duration of good form that is out of bounds, if it is. */
export function durationProblems(
  duration: Duration,
  { least = '0s', most = '24h' }: { least?: Duration; most?: Duration },
  pointer: string,
): Problem[] {
  const milliseconds = parseDuration(duration)!;
  if (milliseconds >= parseDuration(least)! && milliseconds <= parseDuration(most)!) return [];
  return [{ pointer, expected: `a duration of ${least} to ${most}`, found: describeFound(duration) }];
}
