/** What an instance finds out about endpoints by itself: the addresses of names, and the health of who asks for checks. */
import type { Fact, FactKey } from '@holdfast/protocol/facts/facts.ts';
import type { ResourceSet } from '@holdfast/protocol/revision/revision.ts';
import type { FactTable } from '../configuration/fact-table.ts';
import { type AddressLookup, createAddressLookup } from './address-lookup.ts';
import { HealthChecker, type HealthCheckerOptions } from './health-checker.ts';
import { addressesKey, checkedBackends, namesOf } from './observed-backends.ts';
import { type NameAndPort, WatchedNames } from './watched-names.ts';

export interface ObserverOptions extends Pick<HealthCheckerOptions, 'unhealthy' | 'onHealth' | 'onChecked'> {
  onFacts: (facts: Fact[], gone: FactKey[]) => void;
  /** `first`: since the name last resolved. */
  onNameFailure: (hostname: string, error: Error, first: boolean) => void;
  /** Absent: DNS as the machine is set up. */
  lookup?: AddressLookup;
}

export class Observer {
  readonly #options: ObserverOptions;
  readonly #checker: HealthChecker;
  readonly #names: WatchedNames;
  readonly #failing = new Set<string>();
  #seen: readonly [ResourceSet | undefined, FactTable, ResourceSet | undefined] | undefined;

  constructor(options: ObserverOptions) {
    this.#options = options;
    this.#checker = new HealthChecker(options);
    this.#names = new WatchedNames({
      lookup: options.lookup ?? createAddressLookup(),
      onAddresses: (fact) => options.onFacts([fact], []),
      onResolved: (hostname) => this.#failing.delete(hostname),
      onFailure: (hostname, error) => {
        options.onNameFailure(hostname, error, !this.#failing.has(hostname));
        this.#failing.add(hostname);
      },
    });
  }

  /** To be called whenever any of them has changed; `candidate` is what may serve next. */
  observe(good: ResourceSet | undefined, facts: FactTable, candidate: ResourceSet | undefined): void {
    const [seenGood, seenFacts, seenCandidate] = this.#seen ?? [];
    if (this.#seen && good === seenGood && facts === seenFacts && candidate === seenCandidate) return;
    this.#seen = [good, facts, candidate];
    if (good === undefined) return;
    this.#checker.update(checkedBackends(good, facts));
    if (candidate === undefined) this.#forget(good, facts);
  }

  /** Resolves when each name of these resources has been tried once. */
  resolve(candidate: ResourceSet): Promise<void> {
    const good = this.#seen?.[0];
    return this.#names.watch([...namesOf(candidate), ...(good === undefined ? [] : namesOf(good))]);
  }

  stop(): void {
    this.#checker.stop();
    this.#names.stop();
  }

  /** Names of a revision that was refused, or is over. */
  #forget(good: ResourceSet, facts: FactTable): void {
    const names: NameAndPort[] = namesOf(good);
    void this.#names.watch(names);
    const wanted = new Set(names.map(addressesKey));
    const gone = [...facts].flatMap(([key, { kind }]) =>
      kind === 'addresses' && !wanted.has(key) ? [key] : [],
    );
    if (gone.length > 0) this.#options.onFacts([], gone);
  }
}
