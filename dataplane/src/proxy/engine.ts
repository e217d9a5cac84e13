/** What a worker needs of the thing that carries its traffic; node:http is one engine of several. */
import type { WorkerListener, WorkerSample } from '../supervisor/worker-messages.ts';

export interface Engine {
  /** Serves on descriptors that the supervisor has bound; rejects where one of them can't be listened on. */
  listen(listeners: readonly WorkerListener[]): Promise<void>;
  /** From now on each response says `Connection: close`. Everything is still accepted and answered. */
  drain(): void;
  /**
   * Accepts nothing more and ends what is left, upgraded connections and endless responses included, each at a
   * moment of its own within `spreadMs`, so that their clients don't come back all at once. Resolves when all ended.
   */
  stop(spreadMs: number): Promise<void>;
  /** What happened since the previous call. */
  sample(): WorkerSample;
}
