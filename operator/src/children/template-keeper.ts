/** Finds the pod template to use, and keeps a new one once the API server has said that it is valid. */
import type { DataPlane } from '@holdfast/api/data-plane.ts';
import type { ApiClient } from '@holdfast/kube/client/api-client.ts';
import { isApiError, KubeError } from '@holdfast/kube/errors.ts';
import type { UntypedObject } from '@holdfast/kube/objects/object.ts';
import { isControlledBy } from '@holdfast/kube/objects/owner.ts';
import { buildDeployment } from '../specs/deployment.ts';
import type { Platform } from '../specs/platform.ts';
import type { PodTemplate } from '../specs/pod-template.ts';
import { CONTROLLER_REVISIONS, DEPLOYMENTS } from '../watches/resources.ts';
import { FIELD_MANAGER } from './field-manager.ts';
import {
  buildTemplateRevision,
  type KeptTemplate,
  type NumberedTemplate,
  readTemplateRevision,
  wantedTemplate,
} from './kept-template.ts';
import { type Obstacle, obstacleOf } from './obstacle.ts';

export interface TemplateChoice {
  /** Undefined: there never was a valid one. */
  template: PodTemplate | undefined;
  /** Why it is not the one that the DataPlane wants. */
  obstacle: Obstacle | undefined;
}

export class TemplateKeeper {
  readonly #client: ApiClient;
  readonly #platform: Platform;

  constructor(client: ApiClient, platform: Platform) {
    this.#client = client;
    this.#platform = platform;
  }

  /** `revisions` as a cache has them. Throws where it has to be tried again. */
  async choose(dataPlane: DataPlane, revisions: readonly UntypedObject[]): Promise<TemplateChoice> {
    const newest = newestOf(dataPlane, revisions);
    try {
      const wanted = wantedTemplate(dataPlane, newest?.kept, this.#platform);
      if (wanted !== newest?.kept) await this.#take(dataPlane, wanted, lastNumber(dataPlane, revisions) + 1);
      return { template: wanted.template, obstacle: undefined };
    } catch (error) {
      const obstacle = obstacleOf(error, 'the pod template');
      if (obstacle === undefined) throw error;
      return { template: newest?.kept.template, obstacle };
    }
  }

  /** To be called when the Deployment has the newest: older ones are of no use any more. */
  async prune(dataPlane: DataPlane, revisions: readonly UntypedObject[]): Promise<void> {
    const newest = newestOf(dataPlane, revisions)?.number ?? 0;
    for (const old of ownedBy(dataPlane, revisions).filter((each) => numberOf(each) < newest)) {
      const { uid } = old.metadata;
      await this.#client
        .delete(CONTROLLER_REVISIONS, old.metadata, { preconditions: { uid } })
        .catch((error: unknown) => {
          if (!isApiError(error, 'NotFound', 'Conflict')) throw error;
        });
    }
  }

  async #take(dataPlane: DataPlane, kept: KeptTemplate, number: number): Promise<void> {
    await this.#dryRun(buildDeployment(dataPlane, kept.template));
    const revision = buildTemplateRevision(dataPlane, { number, kept });
    try {
      await this.#client.create(CONTROLLER_REVISIONS, revision, { fieldManager: FIELD_MANAGER });
    } catch (error) {
      if (!isApiError(error, 'AlreadyExists')) throw error;
      await this.#expectSame(dataPlane, revision, kept, error);
    }
  }

  /**
   * By a creation, where an apply would answer an unknown field as a failure of the server. That the Deployment exists
   * is found out last, when everything else was in order.
   */
  async #dryRun(deployment: UntypedObject): Promise<void> {
    const options = { fieldManager: FIELD_MANAGER, dryRun: true, fieldValidation: 'Strict' } as const;
    await this.#client.create(DEPLOYMENTS, deployment, options).catch((error: unknown) => {
      if (!isApiError(error, 'AlreadyExists')) throw error;
    });
  }

  /** Our own, which the cache does not show yet, is as good; else what the cache shows is too old to decide with. */
  async #expectSame(
    dataPlane: DataPlane,
    { metadata }: UntypedObject,
    kept: KeptTemplate,
    error: unknown,
  ): Promise<void> {
    const live = await this.#client.find<UntypedObject>(CONTROLLER_REVISIONS, metadata);
    if (live !== undefined && !isControlledBy(live, dataPlane)) {
      const what = `ControllerRevision ${metadata.namespace}/${metadata.name}`;
      throw new KubeError('NOT_OWNED', `${what} belongs to someone else; it is left as it is`);
    }
    const same = live !== undefined && readTemplateRevision(live)?.kept.intentHash === kept.intentHash;
    if (!same) throw error;
  }
}

function newestOf(dataPlane: DataPlane, revisions: readonly UntypedObject[]): NumberedTemplate | undefined {
  const read = ownedBy(dataPlane, revisions)
    .map(readTemplateRevision)
    .filter((each) => each !== undefined);
  return read.toSorted((a, b) => b.number - a.number)[0];
}

function lastNumber(dataPlane: DataPlane, revisions: readonly UntypedObject[]): number {
  return Math.max(0, ...ownedBy(dataPlane, revisions).map(numberOf));
}

function numberOf({ revision }: UntypedObject): number {
  return Number.isSafeInteger(revision) ? (revision as number) : 0;
}

function ownedBy(dataPlane: DataPlane, revisions: readonly UntypedObject[]): UntypedObject[] {
  return revisions.filter((revision) => isControlledBy(revision, dataPlane));
}
