/** The state directory: its lock, and a revision store for each scope. */
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { isDataPlane } from '@holdfast/protocol/values/name.ts';
import type { Logger } from 'pino';
import { ControlPlaneError, systemReason } from '../errors.ts';
import { EVERY_DATA_PLANE, type Scope } from '../sources/source.ts';
import { createDirectoryDurably } from './durable-file.ts';
import type { RevisionKeeper } from './revision-keeper.ts';
import { RevisionStore } from './revision-store.ts';
import { StateLock } from './state-lock.ts';

/** Directory of the scope `*`; those of DataPlanes are below `dataplanes`. */
const SHARED = 'shared';
const DATA_PLANES = 'dataplanes';

export class StateDirectory implements RevisionKeeper {
  readonly #directory: string;
  #lock: StateLock | undefined;
  /** Set while the lock is taken, so that concurrent writers wait for the one attempt. */
  #locking: Promise<void> | undefined;
  #lost = false;

  private constructor(directory: string) {
    this.#directory = directory;
  }

  /**
   * Throws ControlPlaneError STATE_LOCKED where another control plane uses it. A directory that cannot be written is
   * logged and opened for reading: what it holds is served, and `writable` tries again before each write.
   */
  static async open(directory: string, log: Logger): Promise<StateDirectory> {
    const state = new StateDirectory(path.resolve(directory));
    try {
      await state.writable();
    } catch (error) {
      if (error instanceof ControlPlaneError && error.code === 'STATE_LOCKED') throw error;
      const reason = systemReason(error);
      log.error({ code: 'STORE_UNWRITABLE', directory, reason }, 'the state directory cannot be written');
    }
    return state;
  }

  /** Resolves when this process may write; otherwise throws ControlPlaneError or a system error. */
  async writable(): Promise<void> {
    if (this.#lost) throw new ControlPlaneError('STATE_LOCK_LOST', this.#directory);
    this.#locking ??= this.#takeLock().finally(() => {
      this.#locking = undefined;
    });
    await this.#locking;
  }

  /** Scopes that have a store. */
  async scopes(): Promise<Scope[]> {
    const scopes: Scope[] = (await entries(this.#directory)).includes(SHARED) ? [EVERY_DATA_PLANE] : [];
    for (const namespace of await entries(path.join(this.#directory, DATA_PLANES))) {
      const names = await entries(path.join(this.#directory, DATA_PLANES, namespace));
      scopes.push(...names.map((name) => `${namespace}/${name}`).filter(isDataPlane));
    }
    return scopes;
  }

  store(scope: Scope): RevisionStore {
    const place = scope === EVERY_DATA_PLANE ? SHARED : path.join(DATA_PLANES, scope);
    return new RevisionStore(path.join(this.#directory, place));
  }

  async close(): Promise<void> {
    await this.#lock?.release();
  }

  async #takeLock(): Promise<void> {
    if (this.#lock === undefined) {
      await createDirectoryDurably(this.#directory);
      this.#lock = await StateLock.acquire(this.#directory);
    } else if (!(await this.#lock.holds())) {
      this.#lost = true;
      throw new ControlPlaneError('STATE_LOCK_LOST', this.#directory);
    }
  }
}

/** Nothing where the directory does not exist or cannot be read; the stores below report what they cannot read. */
async function entries(directory: string): Promise<string[]> {
  return await readdir(directory).catch(() => []);
}
