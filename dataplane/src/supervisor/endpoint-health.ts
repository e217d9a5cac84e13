/** What the agent's health checks say, kept for workers that start later, for a new agent and for the metrics. */
import type { SupervisorToWorker } from './worker-messages.ts';

export class EndpointHealth {
  /** Of backends with an endpoint that fails. */
  readonly #unhealthy = new Map<string, string[]>();

  /** All endpoints of the backend that fail now. */
  take(backend: string, unhealthy: string[]): void {
    if (unhealthy.length === 0) this.#unhealthy.delete(backend);
    else this.#unhealthy.set(backend, unhealthy);
  }

  /** For an agent that goes on from here. */
  entries(): [backend: string, unhealthy: string[]][] {
    return [...this.#unhealthy];
  }

  /** For a worker that knows nothing yet. */
  messages(): SupervisorToWorker[] {
    return this.entries().map(([backend, unhealthy]) => ({ type: 'health', backend, unhealthy }));
  }
}
