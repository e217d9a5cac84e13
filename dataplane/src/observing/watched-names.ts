/** Resolves names again whenever their addresses may be others, and keeps the last known ones while nobody answers. */
import type { AddressesFact } from '@holdfast/protocol/facts/facts.ts';
import { Backoff } from '../configuration/backoff.ts';
import type { AddressLookup } from './address-lookup.ts';
import { Gate } from './gate.ts';

export interface NameAndPort {
  hostname: string;
  port: number;
}

export interface WatchedNamesOptions {
  lookup: AddressLookup;
  /** The addresses became others. */
  onAddresses: (fact: AddressesFact) => void;
  /** It resolves, with whatever addresses. */
  onResolved: (hostname: string) => void;
  onFailure: (hostname: string, error: Error) => void;
  /** 0 or more, less than 1. */
  random?: () => number;
}

/** A TTL of 0 would ask without end, one of a day would not follow a name that has moved. */
export const SHORTEST_MS = 1_000;
export const LONGEST_MS = 300_000;
const RETRY_FIRST_MS = 1_000;
const RETRY_MOST_MS = 30_000;
const MOST_AT_ONCE = 16;
/** Of one name; more are left out. */
const MOST_ADDRESSES = 1_000;

interface Watched {
  ports: ReadonlySet<number>;
  addresses: string[];
  backoff: Backoff;
  timer?: NodeJS.Timeout;
  /** Settled after the first try, good or bad. */
  first: Promise<void>;
  ended: boolean;
}

export class WatchedNames {
  readonly #options: WatchedNamesOptions;
  readonly #random: () => number;
  readonly #gate = new Gate(MOST_AT_ONCE);
  readonly #names = new Map<string, Watched>();

  constructor(options: WatchedNamesOptions) {
    this.#options = options;
    this.#random = options.random ?? Math.random;
  }

  /** From now on these are resolved and no others. Resolves when each of them has been tried once. */
  async watch(names: Iterable<NameAndPort>): Promise<void> {
    const ports = portsByName(names);
    for (const [hostname, watched] of this.#names) if (!ports.has(hostname)) this.#end(hostname, watched);
    for (const [hostname, wanted] of ports) this.#watchOne(hostname, wanted);
    await Promise.all([...this.#names.values()].map(({ first }) => first));
  }

  stop(): void {
    for (const [hostname, watched] of this.#names) this.#end(hostname, watched);
  }

  #watchOne(hostname: string, ports: ReadonlySet<number>): void {
    const known = this.#names.get(hostname);
    if (known !== undefined) {
      const added = [...ports].filter((port) => !known.ports.has(port));
      known.ports = ports;
      this.#tell(hostname, known.addresses, added);
      return;
    }
    const backoff = new Backoff({ firstMs: RETRY_FIRST_MS, maxMs: RETRY_MOST_MS, random: this.#random });
    const watched: Watched = { ports, addresses: [], backoff, first: Promise.resolve(), ended: false };
    this.#names.set(hostname, watched);
    watched.first = this.#resolve(hostname, watched);
  }

  async #resolve(hostname: string, watched: Watched): Promise<void> {
    const waitMs = await this.#gate.run(() => this.#tryOnce(hostname, watched));
    if (watched.ended) return;
    watched.timer = setTimeout(() => void this.#resolve(hostname, watched), waitMs);
  }

  /** Milliseconds until the next try: a little early, so that names of one TTL do not stay in step. */
  async #tryOnce(hostname: string, watched: Watched): Promise<number> {
    try {
      const { addresses, ttlMs } = await this.#options.lookup(hostname);
      watched.backoff.reset();
      this.#options.onResolved(hostname);
      if (!watched.ended) this.#take(hostname, watched, addresses);
      return Math.min(Math.max(ttlMs, SHORTEST_MS), LONGEST_MS) * (1 - this.#random() / 10);
    } catch (error) {
      if (!watched.ended) this.#options.onFailure(hostname, error as Error);
      return SHORTEST_MS / 2 + watched.backoff.next();
    }
  }

  #take(hostname: string, watched: Watched, found: readonly string[]): void {
    const addresses = [...new Set(found)].sort().slice(0, MOST_ADDRESSES);
    if (addresses.length === 0 || addresses.join() === watched.addresses.join()) return;
    watched.addresses = addresses;
    this.#tell(hostname, addresses, watched.ports);
  }

  #tell(hostname: string, addresses: readonly string[], ports: Iterable<number>): void {
    if (addresses.length === 0) return;
    for (const port of ports) {
      this.#options.onAddresses({
        kind: 'addresses',
        name: `${hostname}:${port}`,
        version: addresses.join(),
        value: { endpoints: addresses.map((address) => ({ address, port })) },
      });
    }
  }

  #end(hostname: string, watched: Watched): void {
    watched.ended = true;
    clearTimeout(watched.timer);
    this.#names.delete(hostname);
  }
}

function portsByName(names: Iterable<NameAndPort>): Map<string, Set<number>> {
  const ports = new Map<string, Set<number>>();
  for (const { hostname, port } of names) {
    const known = ports.get(hostname);
    if (known === undefined) ports.set(hostname, new Set([port]));
    else known.add(port);
  }
  return ports;
}
