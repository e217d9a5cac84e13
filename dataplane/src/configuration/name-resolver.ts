/** Addresses of a name, also while the name service does not answer. */
import type { LookupAddress } from 'node:dns';
import { lookup } from 'node:dns/promises';
import { within } from './deadline.ts';

export type Lookup = (hostname: string) => Promise<LookupAddress[]>;

export interface NameResolverOptions {
  stop: AbortSignal;
  /** Absent: as the machine resolves names. */
  lookup?: Lookup | undefined;
  /** Default 1 s: it must leave time to connect. */
  answerMs?: number;
}

const systemLookup: Lookup = (hostname) => lookup(hostname, { all: true });

export class NameResolver {
  readonly #options: NameResolverOptions;
  readonly #known = new Map<string, LookupAddress[]>();
  /** A lookup that hangs holds a thread that files and compression need too: one at a time for each name. */
  readonly #running = new Map<string, Promise<LookupAddress[]>>();

  constructor(options: NameResolverOptions) {
    this.#options = options;
  }

  /** Where there is no answer, the addresses of the last one. Rejects where there never was one. */
  async resolve(hostname: string): Promise<LookupAddress[]> {
    const { stop, answerMs = 1_000 } = this.#options;
    try {
      return await within(answerMs, stop, this.#lookup(hostname));
    } catch (error) {
      const known = this.#known.get(hostname);
      if (known) return known;
      throw new Error(`${hostname} does not resolve`, { cause: error });
    }
  }

  #lookup(hostname: string): Promise<LookupAddress[]> {
    const running = this.#running.get(hostname);
    if (running) return running;
    const started = this.#lookupAndKeep(hostname).finally(() => this.#running.delete(hostname));
    this.#running.set(hostname, started);
    return started;
  }

  async #lookupAndKeep(hostname: string): Promise<LookupAddress[]> {
    const addresses = await (this.#options.lookup ?? systemLookup)(hostname);
    if (addresses.length === 0) throw new Error('no address');
    this.#known.set(hostname, addresses);
    return addresses;
  }
}
