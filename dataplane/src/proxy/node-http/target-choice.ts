/** Which endpoint a request tries next, and why there is none when there is none. */
import type { Backend, Target } from '../../upstreams/backend.ts';
import type { ClientErrorCode } from '../client-errors.ts';
import type { EngineLimits } from '../limits.ts';

export class TargetChoice {
  readonly #backend: Backend;
  readonly #limits: EngineLimits;
  readonly #startedAt = performance.now();
  readonly #tried: Target[] = [];
  #connectsFailed = false;

  constructor(backend: Backend, limits: EngineLimits) {
    this.#backend = backend;
    this.#limits = limits;
  }

  /** The first call is for the first try; each further one says that the one before could not be connected. */
  next(): Target | undefined {
    if (this.#tried.length > 0) {
      this.#connectsFailed = true;
      if (performance.now() - this.#startedAt > this.#limits.connectBudgetMs) return undefined;
    }
    for (;;) {
      const target = this.#backend.pick(this.#tried);
      if (target === undefined) return undefined;
      this.#tried.push(target);
      // The pool would queue it without bound or deadline.
      if (target.inFlight < this.#limits.maxRequestsPerTarget) return target;
    }
  }

  /** Why `next` gave none. */
  get reason(): ClientErrorCode {
    if (this.#tried.length === 0) return 'NoEndpoint';
    return this.#connectsFailed ? 'ConnectFailed' : 'UpstreamOverloaded';
  }
}
