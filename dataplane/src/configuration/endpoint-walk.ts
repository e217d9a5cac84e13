/** The way through all control plane endpoints and the addresses behind their names, round and round. */
import type { LookupAddress } from 'node:dns';
import { isIP } from 'node:net';

export interface Place {
  /** The URL as configured. */
  endpoint: string;
  /** Where its name leads this time; undefined where the URL holds the address itself. */
  address: LookupAddress | undefined;
}

/** At least one address; rejects where there is none. */
export type Resolve = (hostname: string) => Promise<LookupAddress[]>;

export class EndpointWalk {
  readonly #endpoints: readonly string[];
  readonly #resolve: Resolve;
  /** The endpoint whose turn is next. */
  #next = 0;
  /** What is left of the present endpoint's name. */
  #left: Place[] = [];

  constructor(endpoints: readonly string[], resolve: Resolve) {
    if (endpoints.length === 0) throw new RangeError('endpoints: expected at least one, found none');
    this.#endpoints = endpoints;
    this.#resolve = resolve;
  }

  /** True when every place of this round has been given out. */
  get roundIsOver(): boolean {
    return this.#next === 0 && this.#left.length === 0;
  }

  /** The endpoint that `next` was asked for last, also where its name did not resolve. */
  get endpoint(): string {
    return this.#endpoints[(this.#next + this.#endpoints.length - 1) % this.#endpoints.length]!;
  }

  /** Names are resolved anew in each round. Rejects where one does not resolve; the next call goes on with the next endpoint. */
  async next(): Promise<Place> {
    const left = this.#left.shift();
    if (left) return left;
    const endpoint = this.#endpoints[this.#next]!;
    this.#next = (this.#next + 1) % this.#endpoints.length;
    const places = await this.#placesOf(endpoint);
    this.#left = places.slice(1);
    return places[0]!;
  }

  async #placesOf(endpoint: string): Promise<Place[]> {
    const hostname = new URL(endpoint).hostname.replace(/^\[|\]$/g, '');
    if (isIP(hostname) !== 0) return [{ endpoint, address: undefined }];
    const addresses = await this.#resolve(hostname);
    return addresses.map((address) => ({ endpoint, address }));
  }
}
