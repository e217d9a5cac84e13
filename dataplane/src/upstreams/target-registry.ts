/** Every backend and target of a worker, and what it remembers of those that fail. */
import type { Endpoint } from '@holdfast/protocol/configuration/types.ts';
import { formatHostPort } from '@holdfast/protocol/values/address.ts';
import type { BackendEventCount } from '../supervisor/worker-messages.ts';
import type { Target } from './backend.ts';
import { type ConnectProbe, probeConnection } from './connect-probe.ts';
import { isEjected, isErrorTooMany, mayEject, nextEjection } from './passive-health.ts';
import { Upstream } from './upstream.ts';

/** A target that could not be connected to is probed after so long; each further failure doubles it. */
export const FIRST_PROBE_MS = 1_000;
export const LONGEST_PROBE_MS = 5_000;
/** A target that has not answered a connection for so long is avoided before the connection is given up: that takes 3 s. */
export const SLOW_CONNECT_MS = 500;
/** Of a worker, so that a backend of which everything is gone does not take all sockets. */
const MOST_PROBES = 32;

const ALL_HEALTHY: ReadonlySet<string> = new Set();

export interface RegistryOptions {
  /** Milliseconds on a clock that never goes back. */
  now?: () => number;
  /** 0 or more, less than 1. */
  random?: () => number;
  /** Of the instance: limits are shared among them. */
  workers?: number;
  /** Finds out whether a target that could not be connected to is back. */
  probe?: ConnectProbe;
  /** This worker has ejected a target: the other workers are to do so as well. */
  onEjected?: (target: Target) => void;
}

interface Known {
  upstream: Upstream;
  targets: Map<string, Target>;
}

export class TargetRegistry {
  readonly now: () => number;
  readonly random: () => number;
  readonly workers: number;
  readonly #probe: ConnectProbe;
  readonly #onEjected: (target: Target) => void;
  readonly #known = new Map<string, Known>();
  /** Of backends with a target that fails its checks; health may be heard of before the backend. */
  readonly #unhealthy = new Map<string, ReadonlySet<string>>();
  #zone: string | undefined;
  #probes = 0;

  constructor({
    now = () => performance.now(),
    random = Math.random,
    workers = 1,
    probe = probeConnection,
    onEjected = () => {},
  }: RegistryOptions = {}) {
    this.now = now;
    this.random = random;
    this.workers = workers;
    this.#probe = probe;
    this.#onEjected = onEjected;
  }

  /** Targets of all backends. */
  get size(): number {
    let size = 0;
    for (const { targets } of this.#known.values()) size += targets.size;
    return size;
  }

  /** The zone that the instance is in. */
  get zone(): string | undefined {
    return this.#zone;
  }

  set zone(zone: string | undefined) {
    if (zone === this.#zone) return;
    this.#zone = zone;
    for (const { upstream } of this.#known.values()) upstream.version++;
  }

  upstream(backend: string): Upstream {
    return this.#entry(backend).upstream;
  }

  target(upstream: Upstream, { address, port }: Pick<Endpoint, 'address' | 'port'>): Target {
    const { targets } = this.#entry(upstream.name);
    const key = formatHostPort({ host: address, port });
    const known = targets.get(key);
    if (known !== undefined) return known;
    const target: Target = {
      key,
      address,
      port,
      upstream,
      inFlight: 0,
      trouble: undefined,
      connectingSince: undefined,
      errors: 0,
      ejection: undefined,
    };
    targets.set(key, target);
    return target;
  }

  /** Drops what is not among these. A target with requests in flight stays until a later call finds it idle. */
  retainOnly(used: ReadonlySet<Target>, backends: ReadonlySet<string>): void {
    for (const [backend, { targets }] of this.#known) {
      for (const [key, target] of targets) {
        if (target.inFlight === 0 && !used.has(target)) targets.delete(key);
      }
      if (targets.size === 0 && !backends.has(backend)) this.#known.delete(backend);
    }
  }

  /** The endpoints of a backend that fail their active health checks, all of them, by key. */
  setUnhealthy(backend: string, keys: readonly string[]): void {
    if (keys.length === 0) this.#unhealthy.delete(backend);
    else this.#unhealthy.set(backend, new Set(keys));
    const known = this.#known.get(backend);
    if (known !== undefined) known.upstream.unhealthy = this.#unhealthy.get(backend) ?? ALL_HEALTHY;
  }

  /** Asked by the proxy before it opens a connection; after true it tells what became of it. False: a limit is reached. */
  mayConnect(target: Target): boolean {
    if (!target.upstream.mayConnect()) return false;
    target.connectingSince ??= this.now();
    return true;
  }

  /** The proxy calls it when a connection to the target was refused, reset while connecting, or timed out. */
  connectFailed(target: Target): void {
    this.connectAbandoned(target);
    // Of many that wait for one dead address, the first says all there is to say.
    if (target.trouble === undefined) this.#trouble(target);
    this.failed(target);
  }

  /** The proxy calls it when a new connection to the target stands. */
  connected(target: Target): void {
    this.#stands(target);
    target.upstream.pending--;
  }

  /** The proxy calls it when the one who waited for a connection has gone before it stood. */
  connectAbandoned(target: Target): void {
    target.upstream.pending--;
    target.upstream.connections--;
    // It was given up before it was slow, and says nothing of the target.
    if (!this.#isSlow(target)) target.connectingSince = undefined;
  }

  /** The proxy calls it when a connection that stood is closed. */
  disconnected({ upstream }: Target): void {
    upstream.connections--;
  }

  /** The proxy calls it for the final response head of each try. */
  responded(target: Target, status: number): void {
    if (status >= 500) this.failed(target);
    else target.errors = 0;
  }

  /** The proxy calls it for each try that the target broke off, or did not answer as it must or in time. */
  failed(target: Target): void {
    const { upstream } = target;
    const { passive } = upstream.settings;
    if (passive === undefined || !isErrorTooMany(target, passive, this.now())) return;
    if (!this.#eject(target)) return;
    upstream.count('ejections');
    this.#onEjected(target);
  }

  /** Another worker has ejected it: what failed there fails here. */
  ejectedElsewhere(backend: string, key: string): void {
    const target = this.#known.get(backend)?.targets.get(key);
    if (target !== undefined && !isEjected(target, this.now())) this.#eject(target);
  }

  /**
   * Whether the target can't be connected to, as far as is known, so that others come first. Who asks wants it, and so
   * it is probed when it is time: no request waits for an address that is known to be dead.
   */
  isAvoided(target: Target): boolean {
    const { trouble } = target;
    if (trouble === undefined && !this.#isSlow(target)) return false;
    if (trouble === undefined || (!trouble.isProbed && trouble.probeAt <= this.now()))
      this.#probeAgain(target);
    return true;
  }

  /** To be called each second. */
  tick(): void {
    for (const { upstream } of this.#known.values()) upstream.budget.tick();
  }

  /** What was counted since the previous call. */
  takeEvents(): BackendEventCount[] {
    const counts: BackendEventCount[] = [];
    for (const { upstream } of this.#known.values()) {
      for (const [event, count] of upstream.takeEvents())
        counts.push({ backend: upstream.name, event, count });
    }
    return counts;
  }

  #isSlow({ connectingSince }: Target): boolean {
    return connectingSince !== undefined && this.now() - connectingSince >= SLOW_CONNECT_MS;
  }

  #trouble(target: Target): void {
    const failures = (target.trouble?.failures ?? 0) + 1;
    const longest = Math.min(FIRST_PROBE_MS * 2 ** (failures - 1), LONGEST_PROBE_MS);
    // Up to a quarter less, so that the workers of a fleet do not all probe at the same moment.
    const probeAt = this.now() + longest * (1 - this.random() / 4);
    target.trouble = { failures, probeAt, isProbed: false };
    target.connectingSince = undefined;
  }

  #stands(target: Target): void {
    target.trouble = undefined;
    target.connectingSince = undefined;
  }

  #probeAgain(target: Target): void {
    if (this.#probes >= MOST_PROBES) return;
    this.#probes++;
    target.trouble = { failures: target.trouble?.failures ?? 0, probeAt: 0, isProbed: true };
    this.#probe(target, (stands) => {
      this.#probes--;
      if (stands) this.#stands(target);
      else this.#trouble(target);
    });
  }

  #entry(backend: string): Known {
    const known = this.#known.get(backend);
    if (known !== undefined) return known;
    const upstream = new Upstream(backend, this.workers);
    upstream.unhealthy = this.#unhealthy.get(backend) ?? ALL_HEALTHY;
    const entry: Known = { upstream, targets: new Map() };
    this.#known.set(backend, entry);
    return entry;
  }

  #eject(target: Target): boolean {
    const { upstream } = target;
    const { passive } = upstream.settings;
    const now = this.now();
    if (passive === undefined || !mayEject(upstream.endpoints.targets, passive, now)) return false;
    target.errors = 0;
    target.ejection = nextEjection(target.ejection, passive, now, this.random);
    upstream.version++;
    return true;
  }
}
