/** What each revision did since the last report: requests, answers 5xx, and workers that crashed; a rollout is judged by it. */
import type { RevisionId } from '@holdfast/protocol/revision/revision.ts';
import { MAX_REVISION_FIGURES, type RevisionFigures } from '@holdfast/protocol/stream/messages.ts';
import type { WorkerSample } from './worker-messages.ts';

export class RevisionTraffic {
  /** By sequence and hash, the oldest first. */
  #figures = new Map<string, RevisionFigures>();

  /** Of a worker that serves `revision`; undefined where it serves none yet. */
  add(revision: RevisionId | undefined, { requests }: Pick<WorkerSample, 'requests'>): void {
    if (revision === undefined || requests.length === 0) return;
    const figures = this.#of(revision);
    for (const { code, count } of requests) {
      figures.requests.total += count;
      if (code >= 500) figures.requests.failed += count;
    }
  }

  crashed(revision: RevisionId | undefined): void {
    if (revision !== undefined) this.#of(revision).workerCrashes++;
  }

  /** Since the last call. */
  take(): RevisionFigures[] {
    const taken = [...this.#figures.values()].slice(-MAX_REVISION_FIGURES);
    this.#figures = new Map();
    return taken;
  }

  #of(revision: RevisionId): RevisionFigures {
    const key = `${revision.lineage} ${revision.sequence} ${revision.hash}`;
    const known = this.#figures.get(key);
    if (known !== undefined) return known;
    const figures = { revision, requests: { total: 0, failed: 0 }, workerCrashes: 0 };
    this.#figures.set(key, figures);
    return figures;
  }
}
