/** Keeps one pool of connections, where the kubeconfig makes a new pool for each request. */
import { Agent, type Dispatcher } from 'undici';

/** So that renewed client certificates and a renewed CA are taken up without a restart. */
const LIFE_MS = 10 * 60_000;

export class DispatcherKeeper {
  #dispatcher: Dispatcher | undefined;
  #since = 0;
  #closed = false;

  /** The pool to use now: `fresh` (or one of the defaults) when the one before is too old, else the one before. */
  take(fresh: Dispatcher | undefined): Dispatcher {
    if (this.#closed) throw new Error('the client is closed');
    if (this.#dispatcher !== undefined && performance.now() - this.#since < LIFE_MS) {
      retire(fresh);
      return this.#dispatcher;
    }
    this.drop();
    this.#dispatcher = fresh ?? new Agent();
    this.#since = performance.now();
    return this.#dispatcher;
  }

  /** The next request gets a new pool; what goes on over the old one ends first. */
  drop(): void {
    retire(this.#dispatcher);
    this.#dispatcher = undefined;
  }

  /** Cuts every connection. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#dispatcher?.destroy();
    this.#dispatcher = undefined;
  }
}

function retire(dispatcher: Dispatcher | undefined): void {
  dispatcher?.close().catch(() => {});
}
