/** The revisions of one DataPlane as ConfigRevisions of the cluster: to create the object is to take its sequence. */
import {
  type ConfigRevision,
  type ConfigRevisionPhase,
  type ConfigRevisionStatus,
  configRevisionName,
  MAX_PAYLOAD_BYTES,
  MAX_REVISION_MESSAGE,
} from '@holdfast/api/config-revision.ts';
import type { DataPlane } from '@holdfast/api/data-plane.ts';
import { API_VERSION } from '@holdfast/api/group.ts';
import { DATA_PLANE_LABEL } from '@holdfast/api/labels.ts';
import type { ApiClient } from '@holdfast/kube/client/api-client.ts';
import { describeError, isApiError } from '@holdfast/kube/errors.ts';
import type { Log } from '@holdfast/kube/log.ts';
import type { KubeObject } from '@holdfast/kube/objects/object.ts';
import { controllerReference } from '@holdfast/kube/objects/owner.ts';
import type { ConfigurationProblem } from '@holdfast/protocol/configuration/types.ts';
import type { ResourceSet } from '@holdfast/protocol/revision/revision.ts';
import { ControlPlaneError } from '../errors.ts';
import { CONFIG_REVISIONS } from '../kubernetes/objects.ts';
import { compressResources, isTooLarge, readConfigRevision } from './config-revision-payload.ts';
import type { Retention } from './history.ts';
import type { HistorySize } from './history-size.ts';
import type { RevisionFate } from './revision-fate.ts';
import type { StoredRevision } from './revision-file.ts';
import type { ScopeRevisions, StoreContent } from './revision-keeper.ts';

/** The active one and the one to go back to are kept however large they are. */
const MIN_KEPT = 2;
/** Revisions are large, and a page is held in memory twice. */
const PAGE_SIZE = 4;

/** How the connected instances stand to a revision. */
export type InstanceCounts = Pick<ConfigRevisionStatus, 'served' | 'instances'>;

export interface ConfigRevisionStoreOptions {
  /** Fenced by leadership. */
  client: ApiClient;
  fieldManager: string;
  dataPlane: DataPlane;
  retention: Retention;
  size: HistorySize;
  log: Log;
}

export class ConfigRevisionStore implements ScopeRevisions {
  readonly lineage: string;
  readonly #options: ConfigRevisionStoreOptions;
  /** Of this lineage, with the phase that each has. */
  readonly #phases = new Map<number, ConfigRevisionPhase | undefined>();
  /** Status as it was written last. */
  readonly #shown = new Map<number, string>();
  /** Bytes of payload, of each of this lineage. */
  readonly #sizes = new Map<number, number>();
  /** Compressed when it was looked whether it is too large, and written a moment later. */
  #compressed: { hash: string; payload: Buffer } | undefined;
  #highest = 0;

  constructor(options: ConfigRevisionStoreOptions) {
    this.#options = options;
    this.lineage = options.dataPlane.metadata.uid;
  }

  get highestSequence(): number {
    return this.#highest;
  }

  /** Rejects where the API server cannot be asked: what is not known is not the same as nothing. */
  async load(): Promise<StoreContent> {
    const content: StoreContent = { revisions: [], problems: [] };
    const own = (await this.#list()).filter(({ spec }) => spec.lineage === this.lineage);
    for (const object of own.sort((a, b) => a.spec.sequence - b.spec.sequence)) {
      const { sequence } = object.spec;
      this.#phases.set(sequence, object.status?.phase);
      this.#sizes.set(sequence, object.spec.payload.length);
      try {
        const fate = fateOf(object);
        content.revisions.push({ ...(await readConfigRevision(object)), ...(fate && { fate }) });
      } catch (error) {
        if (!(error instanceof ControlPlaneError)) throw error;
        const { code, message: detail } = error;
        content.problems.push({ code, file: object.metadata.name, detail, sequence });
      }
    }
    this.#tellSize();
    return content;
  }

  async objectionsTo(content: { resources: ResourceSet; hash: string }): Promise<ConfigurationProblem[]> {
    const payload = await this.#compress(content);
    if (!isTooLarge(payload)) return [];
    const expected = `at most ${MAX_PAYLOAD_BYTES} bytes compressed, which is what a ConfigRevision holds`;
    return [{ pointer: '', expected, found: `${payload.length} bytes` }];
  }

  async append({ id, resources }: StoredRevision): Promise<void> {
    const payload = (await this.#compress({ hash: id.hash, resources })).toString('base64');
    const object = { ...this.#head(id.sequence), spec: { ...id, payload } };
    const { client, fieldManager } = this.#options;
    try {
      await client.create(CONFIG_REVISIONS, object as KubeObject, { fieldManager });
    } catch (error) {
      if (!isApiError(error, 'AlreadyExists')) throw error;
      this.#highest = Math.max(this.#highest, id.sequence);
      await this.#list();
      throw new ControlPlaneError('REVISION_TAKEN', `sequence ${id.sequence}`);
    }
    this.#highest = Math.max(this.#highest, id.sequence);
    this.#phases.set(id.sequence, undefined);
    this.#sizes.set(id.sequence, payload.length);
    this.#compressed = undefined;
    await this.prune();
  }

  /** Rejects where it could not be written. */
  async settle(sequence: number, fate: RevisionFate): Promise<void> {
    await this.#writeStatus(sequence, statusOf(fate));
  }

  /** Writes what became of a revision, and how instances stand to it, where that has changed. */
  async show(sequence: number, fate: RevisionFate, counts: InstanceCounts): Promise<void> {
    const status = { ...statusOf(fate), ...counts };
    if (this.#shown.get(sequence) === JSON.stringify(status)) return;
    try {
      await this.#writeStatus(sequence, status);
    } catch (error) {
      if (!isApiError(error, 'NotFound', 'Invalid')) throw error;
      // Deleted by somebody: instances serve on, and the next revision takes a higher sequence.
      if (error.reason === 'NotFound') this.#forget(sequence);
      // Refused for what it is: to ask again would not help, and it is shown as it was.
      else this.#refused(sequence, error);
    }
    this.#shown.set(sequence, JSON.stringify(status));
  }

  async #writeStatus(sequence: number, status: ConfigRevisionStatus): Promise<void> {
    const { fieldManager, client } = this.#options;
    const { apiVersion, kind, metadata } = this.#head(sequence);
    const { name, namespace } = metadata;
    const object = { apiVersion, kind, metadata: { name, namespace }, status };
    await client.applyStatus(CONFIG_REVISIONS, object, { fieldManager, force: true });
    this.#phases.set(sequence, status.phase);
  }

  #refused(sequence: number, error: Error): void {
    const { log, dataPlane } = this.#options;
    const revision = configRevisionName(dataPlane.metadata.name, sequence);
    log.warn(
      { revision, problem: describeError(error) },
      'the status of a ConfigRevision could not be written',
    );
  }

  /** All that bear its name, those of a DataPlane of the same name that is gone included: their sequences are taken. */
  async #list(): Promise<ConfigRevision[]> {
    const { client, dataPlane } = this.#options;
    const { name, namespace } = dataPlane.metadata;
    const labelSelector = `${DATA_PLANE_LABEL}=${name}`;
    const selection = { namespace, labelSelector, pageSize: PAGE_SIZE };
    const { items } = await client.list<ConfigRevision & KubeObject>(CONFIG_REVISIONS, selection);
    for (const { spec } of items) this.#highest = Math.max(this.#highest, spec.sequence);
    return items;
  }

  async #compress({ hash, resources }: { hash: string; resources: ResourceSet }): Promise<Buffer> {
    if (this.#compressed?.hash !== hash) {
      this.#compressed = { hash, payload: await compressResources(resources) };
    }
    return this.#compressed.payload;
  }

  #head(sequence: number) {
    const { apiVersion, kind, metadata } = this.#options.dataPlane;
    const { name, namespace, uid } = metadata;
    const owner = controllerReference({ apiVersion, kind, metadata: { name, uid } });
    return {
      apiVersion: API_VERSION,
      kind: CONFIG_REVISIONS.kind,
      metadata: {
        name: configRevisionName(name, sequence),
        namespace,
        labels: { [DATA_PLANE_LABEL]: name },
        // Blocking the owner's deletion would take a right on its finalizers.
        ownerReferences: [{ ...owner, blockOwnerDeletion: false }],
      },
    };
  }

  /** Deletes what is above the limit, the oldest first. What cannot be deleted is tried again at the next call. */
  async prune(): Promise<void> {
    const { retention, size } = this.#options;
    this.#tellSize();
    const sequences = [...this.#phases.keys()].sort((a, b) => a - b);
    for (const [index, sequence] of sequences.entries()) {
      const left = sequences.length - index;
      const tooMany = left > retention.limit() || (size.isExceeded && left > MIN_KEPT);
      if (!tooMany) return;
      const active = this.#phases.get(sequence) === 'Active';
      if (!active && !retention.isPinned(sequence)) await this.#delete(sequence);
    }
  }

  /** Ends being counted. */
  close(): void {
    this.#options.size.forget(this.lineage);
  }

  async #delete(sequence: number): Promise<void> {
    const { client, dataPlane } = this.#options;
    const { name, namespace } = dataPlane.metadata;
    try {
      await client.delete(CONFIG_REVISIONS, { namespace, name: configRevisionName(name, sequence) });
    } catch (error) {
      if (!isApiError(error, 'NotFound')) return;
    }
    this.#forget(sequence);
  }

  #forget(sequence: number): void {
    this.#phases.delete(sequence);
    this.#shown.delete(sequence);
    this.#sizes.delete(sequence);
    this.#tellSize();
  }

  #tellSize(): void {
    let bytes = 0;
    for (const size of this.#sizes.values()) bytes += size;
    this.#options.size.set(this.lineage, bytes);
  }
}

function statusOf({ phase, since, reason, message, reasons }: RevisionFate): ConfigRevisionStatus {
  const shown = { phase, since, reason, message: message.slice(0, MAX_REVISION_MESSAGE) };
  return reasons.length === 0 ? shown : { ...shown, reasons };
}

/** Undefined where nobody came to write it. */
function fateOf({ status, metadata }: ConfigRevision): RevisionFate | undefined {
  if (status?.phase === undefined) return undefined;
  const { phase, since = metadata.creationTimestamp ?? '', reason = '', message = '', reasons = [] } = status;
  return { phase, since, reason, message, reasons };
}
