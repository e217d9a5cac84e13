/** Every target of a worker, and what it remembers of those that could not be connected to. */
import { formatHostPort } from '@holdfast/protocol/values/address.ts';
import type { Target } from './backend.ts';

/** How long a target is avoided after its first failure in a row; each further one doubles it. */
export const FIRST_AVOIDANCE_MS = 1_000;
export const LONGEST_AVOIDANCE_MS = 5_000;
/** A probe that has not been heard of for so long went well: connecting gives up after 3 s. */
const PROBE_MS = 5_000;

export class TargetRegistry {
  readonly #targets = new Map<string, Target>();
  readonly #now: () => number;

  /** `now`: milliseconds on a clock that never goes back. */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  get size(): number {
    return this.#targets.size;
  }

  target(address: string, port: number): Target {
    const key = formatHostPort({ host: address, port });
    const known = this.#targets.get(key);
    if (known !== undefined) return known;
    const target: Target = { key, address, port, inFlight: 0, trouble: undefined };
    this.#targets.set(key, target);
    return target;
  }

  /** Drops what `keys` does not name. A target with requests in flight stays until a later call finds it idle. */
  retainOnly(keys: ReadonlySet<string>): void {
    for (const [key, target] of this.#targets) {
      if (target.inFlight === 0 && !keys.has(key)) this.#targets.delete(key);
    }
  }

  /** The proxy calls it when a connection to the target was refused, reset while connecting, or timed out. */
  connectFailed(target: Target): void {
    const failures = (target.trouble?.failures ?? 0) + 1;
    const longest = Math.min(FIRST_AVOIDANCE_MS * 2 ** (failures - 1), LONGEST_AVOIDANCE_MS);
    // Up to a quarter less, so that the workers of a fleet do not all probe at the same moment.
    const avoidance = longest * (1 - Math.random() / 4);
    target.trouble = { failures, avoidUntil: this.#now() + avoidance, probing: false };
  }

  /** The proxy calls it when a new connection to the target stands. */
  connected(target: Target): void {
    target.trouble = undefined;
  }

  /** Whether the target failed to connect so lately that others come first. */
  isAvoided(target: Target): boolean {
    return target.trouble !== undefined && target.trouble.avoidUntil > this.#now();
  }

  /**
   * Says that a target is about to be tried. When its avoidance has just ended, this one request is the probe and the
   * others go on avoiding it: else each request of a busy worker would wait for the same dead address.
   */
  trying(target: Target): void {
    const trouble = target.trouble;
    if (trouble === undefined || this.isAvoided(target)) return;
    if (trouble.probing) target.trouble = undefined;
    else target.trouble = { ...trouble, avoidUntil: this.#now() + PROBE_MS, probing: true };
  }
}
