/** What the checks of one endpoint have said so far: it changes sides only after several in a row. */

export interface CheckThresholds {
  healthyThreshold: number;
  unhealthyThreshold: number;
}

export class CheckRecord {
  readonly #thresholds: CheckThresholds;
  #healthy: boolean;
  /** Checks in a row that said the contrary. */
  #contrary = 0;

  /** An endpoint that nobody has asked yet is taken for healthy: an instance that starts must not begin with none. */
  constructor(thresholds: CheckThresholds, healthy = true) {
    this.#thresholds = thresholds;
    this.#healthy = healthy;
  }

  get healthy(): boolean {
    return this.#healthy;
  }

  /** True where the endpoint has changed sides. */
  take(good: boolean): boolean {
    if (good === this.#healthy) {
      this.#contrary = 0;
      return false;
    }
    this.#contrary++;
    const { healthyThreshold, unhealthyThreshold } = this.#thresholds;
    if (this.#contrary < (good ? healthyThreshold : unhealthyThreshold)) return false;
    this.#healthy = good;
    this.#contrary = 0;
    return true;
  }
}
