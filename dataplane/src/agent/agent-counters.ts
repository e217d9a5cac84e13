/** What the agent counts between two samples. */
import type { AgentSample } from '../supervisor/agent-messages.ts';

export class AgentCounters {
  #connects = 0;
  #connectFailures = 0;
  #cacheFailures = 0;
  #bootstrapFailures = 0;
  #healthChecks = { good: 0, failed: 0 };
  #dnsFailures = 0;
  #messages = new Map<string, { count: number; bytes: number }>();

  connect(): void {
    this.#connects++;
  }

  connectFailure(): void {
    this.#connectFailures++;
  }

  cacheFailure(): void {
    this.#cacheFailures++;
  }

  bootstrapFailure(): void {
    this.#bootstrapFailures++;
  }

  healthCheck(good: boolean): void {
    this.#healthChecks[good ? 'good' : 'failed']++;
  }

  dnsFailure(): void {
    this.#dnsFailures++;
  }

  /** `type` is from a fixed set, never from the wire: each becomes a time series. */
  message(type: string, bytes: number): void {
    const counts = this.#messages.get(type);
    if (counts) {
      counts.count++;
      counts.bytes += bytes;
    } else {
      this.#messages.set(type, { count: 1, bytes });
    }
  }

  /** Everything since the previous call. */
  take(): AgentSample {
    const sample: AgentSample = {
      connects: this.#connects,
      connectFailures: this.#connectFailures,
      cacheFailures: this.#cacheFailures,
      bootstrapFailures: this.#bootstrapFailures,
      healthChecks: this.#healthChecks,
      dnsFailures: this.#dnsFailures,
      messages: Array.from(this.#messages, ([type, counts]) => ({ type, ...counts })),
    };
    this.#connects = this.#connectFailures = this.#cacheFailures = this.#bootstrapFailures = 0;
    this.#dnsFailures = 0;
    this.#healthChecks = { good: 0, failed: 0 };
    this.#messages = new Map();
    return sample;
  }
}
