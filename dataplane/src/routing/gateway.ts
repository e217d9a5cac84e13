/** A gateway: what one revision and the facts make of a request; and the builder that turns changes into the next one. */
import type { ResourceKey, Route } from '@holdfast/protocol/configuration/types.ts';
import type { Fact, FactKey } from '@holdfast/protocol/facts/facts.ts';
import type { DigestedResource, ResourceSet, RevisionId } from '@holdfast/protocol/revision/revision.ts';
import type { Reason } from '@holdfast/protocol/stream/messages.ts';
import { TargetRegistry } from '../upstreams/target-registry.ts';
import { CompileError, reason } from './compile-error.ts';
import { GatewayBuild } from './gateway-build.ts';
import { GatewayState } from './gateway-state.ts';
import { LoopBudget } from './loop-budget.ts';
import type { RouteTable } from './route-table.ts';
import { StagedChanges } from './staged-changes.ts';

/** Immutable. A request reads it once and keeps the route it matched (I9). */
export interface Gateway {
  /** Null: facts came, and no revision yet. */
  readonly revision: RevisionId | null;
  readonly routes: RouteTable;
}

/**
 * Stages changes by key and builds the next gateway from them, in slices of `SLICE_MS` of the event loop. A build that
 * fails leaves everything as the last good one made it and drops its changes. What was staged while it ran was made to
 * go on top of it, so that is refused too when its build comes, unless it begins with `reset`.
 */
export class GatewayBuilder {
  readonly #state: GatewayState;
  readonly #newBudget: () => LoopBudget;
  #staged = new StagedChanges();
  #lastBuild: Promise<unknown> = Promise.resolve();

  constructor(targets: TargetRegistry, newBudget: () => LoopBudget = () => new LoopBudget()) {
    this.#state = new GatewayState(targets);
    this.#newBudget = newBudget;
  }

  /** `json`: the resource as JSON text; it is read when it is built. */
  putResource(key: ResourceKey, json: string): void {
    this.#staged.resources.set(key, json);
  }

  deleteResource(key: ResourceKey): void {
    this.#staged.resources.set(key, undefined);
  }

  /** `json`: the whole fact as JSON text. */
  putFact(key: FactKey, json: string): void {
    this.#staged.facts.set(key, json);
  }

  deleteFact(key: FactKey): void {
    this.#staged.facts.set(key, undefined);
  }

  /** Everything is staged anew: what is not put between here and the next build is gone with it. */
  reset(): void {
    this.#staged.reset();
  }

  /**
   * The gateway of all that has been staged until now; what comes while it is built belongs to the next build.
   * Builds run one after another. Rejects with CompileError.
   */
  build(revision: RevisionId | null): Promise<Gateway> {
    const staged = this.#staged;
    this.#staged = staged.close();
    const build = this.#lastBuild.then(() => this.#run(staged, revision));
    this.#lastBuild = build.catch(() => {});
    return build;
  }

  async #run(staged: StagedChanges, revision: RevisionId | null): Promise<Gateway> {
    try {
      if (staged.isOrphaned) {
        throw new CompileError([reason('BasedOnRefused', 'it goes on top of a change that was refused')]);
      }
      return { revision, routes: await new GatewayBuild(this.#state, staged, this.#newBudget()).run() };
    } catch (error) {
      staged.refuse();
      throw error;
    }
  }
}

/** What a trial found good: at 10,000 routes the next one compiles what changed, not all again. */
const foundGood = new WeakSet<DigestedResource | Fact>();

/** What a worker would refuse in these resources; empty where it would serve them. Runs in slices, as a worker's build. */
export async function trialCompile(resources: ResourceSet, facts: Iterable<Fact>): Promise<Reason[]> {
  const budget = new LoopBudget();
  const builder = new GatewayBuilder(new TargetRegistry());
  const tried: (DigestedResource | Fact)[] = [];
  for (const [key, digested] of resources) {
    const backends = key.startsWith('route/') ? backendsOf(digested.resource as Route) : [];
    if (!foundGood.has(digested) || !backends.every((backend) => resources.has(backend))) {
      tried.push(digested);
      for (const each of [key, ...backends]) stage(builder, each, resources.get(each));
    }
    if (budget.isSpent()) await budget.nextSlice();
  }
  for (const fact of facts) {
    if (!foundGood.has(fact)) {
      tried.push(fact);
      builder.putFact(`${fact.kind}/${fact.name}`, JSON.stringify(fact));
    }
    if (budget.isSpent()) await budget.nextSlice();
  }
  try {
    await builder.build(null);
  } catch (error) {
    if (error instanceof CompileError) return error.reasons;
    throw error;
  }
  for (const each of tried) foundGood.add(each);
  return [];
}

function backendsOf({ backendRefs = [] }: Route): ResourceKey[] {
  return backendRefs.map(({ name }): ResourceKey => `backend/${name}`);
}

function stage(builder: GatewayBuilder, key: ResourceKey, digested: DigestedResource | undefined): void {
  if (digested !== undefined) builder.putResource(key, JSON.stringify(digested.resource));
}
