/** Garbage collections of a contender on Node.js, as the counter preloaded into its threads writes them down. */
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

export interface Collections {
  count: number;
  pauseMs: number;
}

const COUNTER = new URL('./collection-counter.ts', import.meta.url);
/** Longer than between two writes of the counter. */
const WRITTEN_AFTER_MS = 500;

export class CollectionCounts {
  readonly #directory: string;

  constructor(directory: string) {
    this.#directory = directory;
    mkdirSync(directory, { recursive: true });
  }

  /** Makes every thread of a Node.js program count. */
  get env(): Record<string, string> {
    return { NODE_OPTIONS: `--import=${COUNTER.href}?directory=${encodeURIComponent(this.#directory)}` };
  }

  /** During `body`, in all threads. */
  async during(body: () => Promise<void>): Promise<Collections> {
    const before = await this.#sum();
    await body();
    const after = await this.#sum();
    return { count: after.count - before.count, pauseMs: after.pauseMs - before.pauseMs };
  }

  async #sum(): Promise<Collections> {
    await delay(WRITTEN_AFTER_MS);
    const all = readdirSync(this.#directory)
      .filter((name) => name.endsWith('.json'))
      .map((name) => {
        return JSON.parse(readFileSync(join(this.#directory, name), 'utf8')) as Collections;
      });
    return {
      count: all.reduce((sum, { count }) => sum + count, 0),
      pauseMs: all.reduce((sum, { pauseMs }) => sum + pauseMs, 0),
    };
  }
}
