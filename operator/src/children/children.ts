/** Brings the children of a DataPlane to what it wants; one that cannot be had does not hold up the others. */
import type { DataPlane } from '@holdfast/api/data-plane.ts';
import { type ApplyOutcome, ChildApplier } from '@holdfast/kube/apply/child-applier.ts';
import type { ApiClient } from '@holdfast/kube/client/api-client.ts';
import { describeError, KubeError } from '@holdfast/kube/errors.ts';
import type { Log } from '@holdfast/kube/log.ts';
import { type ObjectName, objectKey, type UntypedObject } from '@holdfast/kube/objects/object.ts';
import { isControlledBy } from '@holdfast/kube/objects/owner.ts';
import type { Resource } from '@holdfast/kube/objects/resource.ts';
import type { Watched } from '@holdfast/kube/reflector/watched.ts';
import { buildDeployment } from '../specs/deployment.ts';
import { buildDisruptionBudget } from '../specs/disruption-budget.ts';
import type { Platform } from '../specs/platform.ts';
import { buildService } from '../specs/service.ts';
import { buildServiceAccount } from '../specs/service-account.ts';
import { tokenSecretName } from '../specs/token-secret.ts';
import type { DeploymentObject, ServiceObject } from '../status/observation.ts';
import {
  DEPLOYMENTS,
  DISRUPTION_BUDGETS,
  SECRETS,
  SERVICE_ACCOUNTS,
  SERVICES,
} from '../watches/resources.ts';
import type { Watches } from '../watches/watches.ts';
import { FIELD_MANAGER } from './field-manager.ts';
import { jointObstacle, type Obstacle, obstacleOf } from './obstacle.ts';
import { TemplateKeeper } from './template-keeper.ts';
import { TokenMaker } from './token-maker.ts';

export interface ChildrenOptions {
  /** Fenced by leadership. */
  client: ApiClient;
  platform: Platform;
  watches: Watches;
  log: Log;
  /** For metrics; called for each child that was written. */
  onWrite: (kind: string, outcome: Exclude<ApplyOutcome, 'unchanged'>) => void;
}

/** What is there after the attempt; undefined: not there, or not ours. */
export interface ChildrenState {
  deployment: DeploymentObject | undefined;
  service: ServiceObject | undefined;
  disruptionBudget: UntypedObject | undefined;
  /** For a person to mend. */
  obstacle: Obstacle | undefined;
  /** The first that is worth another try. */
  failure: unknown;
}

export class Children {
  readonly #options: ChildrenOptions;
  readonly #applier: ChildApplier;
  readonly #templates: TemplateKeeper;
  readonly #tokens: TokenMaker;

  constructor(options: ChildrenOptions) {
    const { client, platform } = options;
    this.#options = options;
    this.#applier = new ChildApplier({ client, fieldManager: FIELD_MANAGER });
    this.#templates = new TemplateKeeper(client, platform);
    this.#tokens = new TokenMaker(client);
  }

  /** Throws only where no write may start any more. */
  async bring(dataPlane: DataPlane): Promise<ChildrenState> {
    const { watches } = this.#options;
    const attempt = new Attempt();
    await attempt.make('the ServiceAccount', () =>
      this.#apply(dataPlane, SERVICE_ACCOUNTS, watches.serviceAccounts, buildServiceAccount(dataPlane)),
    );
    const hasToken = await attempt.make('the token Secret', () => this.#ensureToken(dataPlane));
    // A Deployment would mount a Secret that is someone else's.
    const deployment =
      hasToken && (await attempt.make('the Deployment', () => this.#deploy(dataPlane, attempt)));
    const service = await attempt.make('the Service', () =>
      this.#apply(dataPlane, SERVICES, watches.services, buildService(dataPlane)),
    );
    const disruptionBudget = await attempt.make('the PodDisruptionBudget', () =>
      this.#apply(dataPlane, DISRUPTION_BUDGETS, watches.disruptionBudgets, buildDisruptionBudget(dataPlane)),
    );
    return {
      deployment: deployment ?? owned(watches.deployments, dataPlane),
      service: service ?? owned(watches.services, dataPlane),
      disruptionBudget: disruptionBudget ?? owned(watches.disruptionBudgets, dataPlane),
      obstacle: jointObstacle(attempt.obstacles),
      failure: attempt.failure,
    };
  }

  /** To be called when the DataPlane is gone; Kubernetes deletes its children by their owner references. */
  forget(name: ObjectName): void {
    for (const resource of [SERVICE_ACCOUNTS, DEPLOYMENTS, SERVICES, DISRUPTION_BUDGETS]) {
      this.#applier.forget(resource, name);
    }
  }

  async #ensureToken(dataPlane: DataPlane): Promise<true> {
    const { namespace } = dataPlane.metadata;
    const cached = this.#options.watches.secrets.get({
      namespace,
      name: tokenSecretName(dataPlane.metadata),
    });
    if (await this.#tokens.ensure(dataPlane, cached)) this.#wrote(SECRETS, dataPlane, 'created');
    return true;
  }

  async #deploy(dataPlane: DataPlane, attempt: Attempt): Promise<DeploymentObject | undefined> {
    const { deployments, templates } = this.#options.watches;
    const revisions = templates.list(dataPlane.metadata.namespace);
    const { template, obstacle } = await this.#templates.choose(dataPlane, revisions);
    if (obstacle !== undefined) attempt.obstacles.push(obstacle);
    if (template === undefined) return undefined;
    const intent = buildDeployment(dataPlane, template) as UntypedObject & DeploymentObject;
    const deployment = await this.#apply(dataPlane, DEPLOYMENTS, deployments, intent);
    await this.#templates.prune(dataPlane, revisions);
    return deployment;
  }

  async #apply<T extends UntypedObject>(
    dataPlane: DataPlane,
    resource: Resource,
    watched: Watched<T>,
    intent: UntypedObject,
  ): Promise<T> {
    const current = watched.get(intent.metadata);
    const { outcome, object } = await this.#applier.apply<T>(resource, intent as T, dataPlane, current);
    const wrote =
      outcome !== 'unchanged' && object.metadata.resourceVersion !== current?.metadata.resourceVersion;
    if (wrote) this.#wrote(resource, dataPlane, outcome);
    return object;
  }

  #wrote({ kind }: Resource, { metadata }: DataPlane, outcome: Exclude<ApplyOutcome, 'unchanged'>): void {
    this.#options.onWrite(kind, outcome);
    this.#options.log.info({ dataPlane: objectKey(metadata), kind, outcome }, 'child written');
  }
}

/** Collects what goes wrong on the way, so that the rest is done all the same. */
class Attempt {
  readonly obstacles: Obstacle[] = [];
  failure: unknown;

  async make<R>(what: string, work: () => Promise<R>): Promise<R | undefined> {
    try {
      return await work();
    } catch (error) {
      if (error instanceof KubeError && error.code === 'NOT_LEADING') throw error;
      const obstacle = obstacleOf(error, what);
      if (obstacle !== undefined) this.obstacles.push(obstacle);
      else this.failure ??= new Error(`${what}: ${describeError(error)}`, { cause: error });
      return undefined;
    }
  }
}

function owned<T extends UntypedObject>(watched: Watched<T>, dataPlane: DataPlane): T | undefined {
  const { namespace, name } = dataPlane.metadata;
  const object = watched.get({ namespace, name });
  return object !== undefined && isControlledBy(object, dataPlane) ? object : undefined;
}
