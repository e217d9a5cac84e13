/** One build of a gateway: lays staged changes over what the last build left, all or nothing. */
import type { Backend, ResourceKey, Route } from '@holdfast/protocol/configuration/types.ts';
import type { Fact, FactKey } from '@holdfast/protocol/facts/facts.ts';
import type { Reason } from '@holdfast/protocol/stream/messages.ts';
import type { Target } from '../upstreams/backend.ts';
import { compileBackend } from '../upstreams/compile-backend.ts';
import { type EndpointSet, endpointSet, NO_ENDPOINTS } from '../upstreams/endpoint-set.ts';
import type { Upstream } from '../upstreams/upstream.ts';
import { CompileError, MAX_REASONS, pointerStep, reason } from './compile-error.ts';
import { compileRoute } from './compile-route.ts';
import type { BackendState, FactState, GatewayState, RouteState } from './gateway-state.ts';
import type { LoopBudget } from './loop-budget.ts';
import { Overlay } from './overlay.ts';
import type { RouteMatcher } from './route-match.ts';
import { HostMap, type RoutePlace, type RouteTable } from './route-table.ts';
import type { StagedChanges } from './staged-changes.ts';

export class GatewayBuild {
  readonly #state: GatewayState;
  readonly #staged: StagedChanges;
  readonly #budget: LoopBudget;
  readonly #routes: Overlay<ResourceKey, RouteState>;
  readonly #backends: Overlay<ResourceKey, BackendState>;
  readonly #facts: Overlay<FactKey, FactState>;
  /** Of backends whose fact changed, what they get. */
  readonly #refilled = new Map<BackendState, EndpointSet>();
  readonly #reasons: Reason[] = [];

  constructor(state: GatewayState, staged: StagedChanges, budget: LoopBudget) {
    this.#state = state;
    this.#staged = staged;
    this.#budget = budget;
    this.#routes = new Overlay(state.routes);
    this.#backends = new Overlay(state.backends);
    this.#facts = new Overlay(state.facts);
  }

  /** The table to serve with. Throws CompileError, and then nothing has changed. */
  async run(): Promise<RouteTable> {
    try {
      await this.#applyFacts();
      await this.#applyResources();
      await this.#refillBackends();
      await this.#rebindRoutes();
      if (this.#reasons.length > 0) throw new CompileError(this.#reasons.slice(0, MAX_REASONS));
      await this.#settle(await this.#index());
      return this.#state.table;
    } finally {
      await this.#dropUnused();
    }
  }

  async #applyFacts(): Promise<void> {
    const { facts, replacesAll } = this.#staged;
    await this.#eachSliced(facts, ([key, text]) => this.#applyFact(key, text));
    if (replacesAll) await this.#deleteUnstaged(this.#state.facts, facts, this.#facts);
  }

  /** Backends first, whatever order they came in: routes are bound to them. */
  async #applyResources(): Promise<void> {
    const { resources, replacesAll } = this.#staged;
    await this.#eachSliced(resources, ([key, text]) => {
      if (!key.startsWith('route/')) this.#applyBackend(key, text);
    });
    if (replacesAll) await this.#deleteUnstaged(this.#state.backends, resources, this.#backends);
    await this.#eachSliced(resources, ([key, text]) => {
      if (key.startsWith('route/')) this.#applyRoute(key, text);
    });
    if (replacesAll) await this.#deleteUnstaged(this.#state.routes, resources, this.#routes);
  }

  #applyFact(key: FactKey, text: string | undefined): void {
    if (text === undefined) this.#facts.delete(key);
    else if (text !== this.#state.facts.get(key)?.text) {
      this.#attempt(key, () => this.#facts.set(key, { text, fact: readFact(text) }));
    }
  }

  #applyBackend(key: ResourceKey, text: string | undefined): void {
    if (text === undefined) this.#backends.delete(key);
    else if (text !== this.#state.backends.get(key)?.text) {
      this.#attempt(key, () => this.#backends.set(key, this.#compileBackend(key, text)));
    }
  }

  #applyRoute(key: ResourceKey, text: string | undefined): void {
    if (text === undefined) this.#routes.delete(key);
    else if (text !== this.#state.routes.get(key)?.text) this.#compileRoute(key, text);
  }

  /** A backend that did not change keeps its state, and gets the endpoints of its fact where that did. */
  async #refillBackends(): Promise<void> {
    if (!this.#facts.isChanged) return;
    await this.#eachSliced(this.#state.backends, ([key, state]) => {
      const { fact, backend } = state;
      if (fact === undefined || !this.#facts.changes(fact) || this.#backends.changes(key)) return;
      this.#attempt(fact, () => this.#refilled.set(state, this.#endpointsOf(backend.upstream, fact)));
    });
  }

  /** A route that did not change holds on to its backends, so it is compiled again where one of them did. */
  async #rebindRoutes(): Promise<void> {
    if (!this.#backends.isChanged) return;
    await this.#eachSliced(this.#state.routes, ([key, { text, entry }]) => {
      if (this.#routes.changes(key)) return;
      if (entry.backendNames.some((name) => this.#backends.changes(`backend/${name}`)))
        this.#compileRoute(key, text);
    });
  }

  #compileBackend(key: ResourceKey, text: string): BackendState {
    if (!key.startsWith('backend/')) throw new TypeError('a resource of a kind that is not known here');
    const resource = JSON.parse(text) as Backend;
    const backend = compileBackend(resource, this.#state.targets);
    const fact = factOf(resource);
    const endpoints = fact
      ? this.#endpointsOf(backend.upstream, fact)
      : endpointSet(this.#state.targets, backend.upstream, resource.endpoints ?? []);
    return { text, fact, backend, endpoints };
  }

  #endpointsOf(upstream: Upstream, key: FactKey): EndpointSet {
    const fact = this.#facts.get(key)?.fact;
    if (fact === undefined || fact.kind === 'zone') return NO_ENDPOINTS;
    const fallback = fact.kind === 'endpoints' ? fact.value.fallback : undefined;
    return endpointSet(this.#state.targets, upstream, fact.value.endpoints, fallback);
  }

  #compileRoute(key: ResourceKey, text: string): void {
    const findBackend = (name: string) => this.#backends.get(`backend/${name}`)?.backend;
    this.#attempt(key, () => {
      this.#routes.set(key, { text, entry: compileRoute(JSON.parse(text) as Route, findBackend) });
    });
  }

  /** Whatever an unforeseen resource makes the compiler throw is a reason to refuse it, never the end of a worker. */
  #attempt(key: ResourceKey | FactKey, compile: () => void): void {
    if (this.#reasons.length >= MAX_REASONS) return;
    try {
      compile();
    } catch (error) {
      if (error instanceof CompileError) this.#reasons.push(...error.reasons);
      else this.#reasons.push(reason('ResourceUnreadable', (error as Error).message, pointerTo(key)));
    }
  }

  async #index(): Promise<HostMap> {
    if (!this.#routes.isChanged) return this.#state.table;
    const table = new HostMap(this.#state.table);
    for (const key of this.#routes.changedKeys()) {
      await this.#eachPlace(this.#state.routes.get(key), (place, matcher) => table.remove(place, matcher));
      await this.#eachPlace(this.#routes.get(key), (place, matcher) => table.add(place, matcher));
    }
    return table;
  }

  async #eachPlace(
    route: RouteState | undefined,
    visit: (place: RoutePlace, matcher: RouteMatcher) => void,
  ): Promise<void> {
    if (route === undefined) return;
    for (const hostname of route.entry.hostnames) {
      for (const { place, matcher } of route.entry.matches) {
        visit({ ...place, hostname }, matcher);
        if (this.#budget.isSpent()) await this.#budget.nextSlice();
      }
    }
  }

  /** Nothing fails from here on. What running gateways see, the endpoints, changes in one go at the end. */
  async #settle(table: HostMap): Promise<void> {
    await this.#eachSliced(this.#routes.settle(), () => {});
    for (const [state, endpoints] of this.#refilled) state.endpoints = endpoints;
    const changed = [...this.#refilled.keys()];
    await this.#eachSliced(this.#backends.settle(), (key) => {
      const state = this.#state.backends.get(key);
      if (state !== undefined) changed.push(state);
    });
    await this.#eachSliced(this.#facts.settle(), () => {});
    for (const { backend, endpoints } of changed) backend.serve(endpoints);
    this.#state.targets.zone = zoneOf(this.#state.facts.get('zone/own')?.fact);
    this.#state.table = table;
  }

  /** After a refused build too: it may have made targets that nobody names. */
  async #dropUnused(): Promise<void> {
    if (!this.#backends.isChanged && !this.#facts.isChanged) return;
    const targets = new Set<Target>();
    const backends = new Set<string>();
    await this.#eachSliced(this.#state.backends.values(), ({ backend, endpoints }) => {
      backends.add(backend.name);
      for (const target of endpoints.targets) targets.add(target);
      if (endpoints.fallback !== undefined) targets.add(endpoints.fallback);
    });
    this.#state.targets.retainOnly(targets, backends);
  }

  async #deleteUnstaged<K, V>(
    known: ReadonlyMap<K, V>,
    staged: ReadonlyMap<K, unknown>,
    overlay: Overlay<K, V>,
  ): Promise<void> {
    await this.#eachSliced(known.keys(), (key) => {
      if (!staged.has(key)) overlay.delete(key);
    });
  }

  async #eachSliced<T>(items: Iterable<T>, visit: (item: T) => void): Promise<void> {
    for (const item of items) {
      visit(item);
      if (this.#budget.isSpent()) await this.#budget.nextSlice();
    }
  }
}

function readFact(text: string): Fact {
  const fact = JSON.parse(text) as Fact;
  if (fact.kind !== 'zone' && !Array.isArray(fact.value.endpoints))
    throw new TypeError('a fact without endpoints');
  return fact;
}

function factOf({ service, dns }: Backend): FactKey | undefined {
  if (service !== undefined) return `endpoints/${service.name}:${service.port}`;
  return dns && `addresses/${dns.hostname}:${dns.port}`;
}

function zoneOf(fact: Fact | undefined): string | undefined {
  return fact?.kind === 'zone' ? fact.value.zone : undefined;
}

function pointerTo(key: string): string {
  const slash = key.indexOf('/');
  return `/${key.slice(0, slash)}/${pointerStep(key.slice(slash + 1))}`;
}
