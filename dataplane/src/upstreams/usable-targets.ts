/** Which targets of a backend requests go to now: healthy ones, those of the own zone first, and in a panic all. */
import type { Target } from './backend.ts';
import type { EndpointSet } from './endpoint-set.ts';
import { isEjected } from './passive-health.ts';

export interface UsableTargets {
  /** Never empty where there is any target. */
  readonly near: readonly Target[];
  /** Used for what is over, and where none of the near ones is left. */
  readonly far: readonly Target[];
  /** Of the requests, that go to the near ones. */
  readonly nearShare: number;
  /** When an ejection ends and they are to be looked at again. */
  readonly until: number;
}

export interface Circumstances {
  unhealthy: ReadonlySet<string>;
  /** Percent. */
  panicThreshold: number;
  /** The zone that is preferred, if any is. */
  zone: string | undefined;
  now: number;
}

/**
 * So many times its part a zone can take: where fewer than 1 / 1.4 = 71 % of the endpoints of the own zone are usable,
 * the others take what is too much for them.
 */
const ZONE_RESERVE = 1.4;

export function usableTargets(set: EndpointSet, circumstances: Circumstances): UsableTargets {
  const { unhealthy, panicThreshold, now, zone } = circumstances;
  let until = Number.POSITIVE_INFINITY;
  const isUsable = (target: Target) => {
    if (isEjected(target, now)) {
      until = Math.min(until, target.ejection!.until);
      return false;
    }
    return !unhealthy.has(target.key);
  };
  const healthy = set.targets.filter(isUsable);
  const isPanic = healthy.length === 0 || healthy.length * 100 < set.targets.length * panicThreshold;
  // The very same list where all are usable: what is made from it is kept.
  const usable = isPanic || healthy.length === set.targets.length ? set.targets : healthy;
  return { ...byZone(set, usable, zone), until };
}

function byZone(
  { targets, zones }: EndpointSet,
  usable: readonly Target[],
  zone: string | undefined,
): Omit<UsableTargets, 'until'> {
  const own = new Set(zone === undefined ? [] : targets.filter((_, index) => zones[index] === zone));
  const near = usable.filter((target) => own.has(target));
  if (near.length === 0 || near.length === usable.length) return { near: usable, far: [], nearShare: 1 };
  const far = usable.filter((target) => !own.has(target));
  return { near, far, nearShare: Math.min(1, (near.length / own.size) * ZONE_RESERVE) };
}
