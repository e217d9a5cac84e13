/** A ring on which each target owns the arcs before its points: a target that comes or goes moves only its own share of keys. */
import type { Target } from './backend.ts';

/** More points share more evenly: 128 a target keep each within about a tenth of its part. */
const POINTS_A_TARGET = 128;
/** So that a ring, however many targets there are, holds a worker up for a few milliseconds only. */
const MOST_POINTS = 32_768;
/** Points are `hash * INDEX_RANGE + index` in one number: 32 and 16 bits. */
const INDEX_RANGE = 65_536;
const MOST_KEY_CHARACTERS = 256;

export class HashRing {
  readonly #targets: readonly Target[];
  readonly #points: Float64Array;

  /** At most 65,536 targets. */
  constructor(targets: readonly Target[]) {
    this.#targets = targets;
    const each = pointsEach(targets.length);
    this.#points = new Float64Array(targets.length * each);
    targets.forEach(({ key }, index) => {
      const seed = hashText(key);
      for (let point = 0; point < each; point++) {
        this.#points[index * each + point] = mix(seed + Math.imul(point, 0x9e3779b9)) * INDEX_RANGE + index;
      }
    });
    this.#points.sort();
  }

  /** The targets from the place of `hash` on, each as often as it has points; at most `most` of them. */
  *from(hash: number, most: number): Generator<Target> {
    const points = this.#points;
    let at = this.#firstAbove(hash * INDEX_RANGE);
    for (let step = 0; step < Math.min(most, points.length); step++) {
      if (at === points.length) at = 0;
      yield this.#targets[points[at]! % INDEX_RANGE]!;
      at++;
    }
  }

  #firstAbove(value: number): number {
    let low = 0;
    let high = this.#points.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#points[middle]! < value) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** A power of two: as the number of targets grows, points go, and none comes in another place. */
function pointsEach(targets: number): number {
  let each = POINTS_A_TARGET;
  while (each > 1 && each * targets > MOST_POINTS) each /= 2;
  return each;
}

/** 32 bits (FNV-1a); of a long text its beginning. */
export function hashText(text: string): number {
  let hash = 0x811c9dc5;
  const length = Math.min(text.length, MOST_KEY_CHARACTERS);
  for (let index = 0; index < length; index++) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  return hash >>> 0;
}

/** Murmur3's last step: each bit of the input changes half of those of the output. */
function mix(value: number): number {
  let hash = value | 0;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
