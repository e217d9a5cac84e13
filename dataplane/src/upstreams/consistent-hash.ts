/** ConsistentHash: requests with one key go to one target, as long as it is open. */
import type { LoadBalancing } from '@holdfast/protocol/configuration/types.ts';
import type { PickContext, Target } from './backend.ts';
import { type Avoidance, type Balancer, isOpen } from './balancer.ts';
import { HashRing, hashText } from './hash-ring.ts';

export type HashKey = NonNullable<LoadBalancing['consistentHash']>;

/** Points looked at for one that is open, before the cost of a pick would grow with the number of closed ones. */
const MOST_STEPS = 256;

export class ConsistentHash implements Balancer {
  readonly #key: HashKey;
  readonly #random: () => number;
  /** The lists change with endpoints and health only; a pick that avoids and one that does not have a list each. */
  readonly #rings = new WeakMap<readonly Target[], HashRing>();

  constructor(key: HashKey, random: () => number = Math.random) {
    this.#key =
      key.type === 'Header'
        ? { type: 'Header', header: key.header.toLowerCase() }
        : { type: 'SourceAddress' };
    this.#random = random;
  }

  choose(
    targets: readonly Target[],
    tried: readonly Target[],
    avoidance: Avoidance,
    request?: PickContext,
  ): Target | undefined {
    const hash = this.#hashOf(request);
    for (const target of this.#ringOf(targets).from(hash, MOST_STEPS)) {
      if (isOpen(target, tried, avoidance)) return target;
    }
    const start = hash % Math.max(1, targets.length);
    for (let step = 0; step < targets.length; step++) {
      const target = targets[(start + step) % targets.length]!;
      if (isOpen(target, tried, avoidance)) return target;
    }
    return undefined;
  }

  /** A request without a key has nothing to be kept together with. */
  #hashOf(request: PickContext | undefined): number {
    const key = this.#key.type === 'Header' ? request?.header(this.#key.header) : request?.clientAddress;
    return key === undefined || key === '' ? Math.floor(this.#random() * 2 ** 32) : hashText(key);
  }

  #ringOf(targets: readonly Target[]): HashRing {
    let ring = this.#rings.get(targets);
    if (ring === undefined) {
      ring = new HashRing(targets);
      this.#rings.set(targets, ring);
    }
    return ring;
  }
}
