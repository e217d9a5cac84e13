/** What every request of an engine shares. */
import type { Gateway } from '../../routing/gateway.ts';
import type { RecordKeepers } from '../request-record.ts';
import type { Via } from '../via.ts';
import type { AttemptSurroundings } from './upstream-attempt.ts';

export interface Surroundings extends AttemptSurroundings, RecordKeepers {
  /** Read once a request (I9); undefined before the first commit. */
  gateway(): Gateway | undefined;
  via: Via;
  /** From the beginning of the drain on. */
  draining: boolean;
}
