/** The work for one DataPlane during a term: its revisions from its ConfigMaps, its facts, its status, its Events. */
import { sequenceOfName } from '@holdfast/api/config-revision.ts';
import type { DataPlane } from '@holdfast/api/data-plane.ts';
import type { ApiClient } from '@holdfast/kube/client/api-client.ts';
import { type Condition, setCondition } from '@holdfast/kube/conditions/condition.ts';
import type { EventRecorder } from '@holdfast/kube/events/event-recorder.ts';
import type { KubeObject } from '@holdfast/kube/objects/object.ts';
import { formatProblem } from '@holdfast/protocol/configuration/problem.ts';
import type { Logger } from 'pino';
import { ColdStart } from '../bootstrap/cold-start.ts';
import { FactSheet } from '../facts/fact-sheet.ts';
import type { ControlPlaneMetrics } from '../metrics/metrics.ts';
import { ConfigRevisionStore } from '../revisions/config-revision-store.ts';
import type { Retention } from '../revisions/history.ts';
import type { HistorySize } from '../revisions/history-size.ts';
import { Publication, type Refusal } from '../revisions/publication.ts';
import { fingerprintOf, isAbout, readConfigMaps } from '../sources/config-map-documents.ts';
import { configAccepted } from '../status/config-accepted.ts';
import type { ClusterView } from './cluster-view.ts';
import { type ConfigMap, DATA_PLANES } from './objects.ts';

export const FIELD_MANAGER = 'holdfast-controlplane';
/** The others are the operator's. */
const OWN_CONDITIONS = ['ConfigAccepted', 'ColdStartReady'];

export interface DataPlaneWorkParts {
  /** Fenced by the term. */
  client: ApiClient;
  view: ClusterView;
  events: EventRecorder;
  schemaLevel: number;
  metrics: ControlPlaneMetrics;
  log: Logger;
  /** Of all DataPlanes. */
  historySize: HistorySize;
  /** Its status is to be written. */
  onCondition(work: DataPlaneWork): void;
  /** A revision was published. */
  onPublished(work: DataPlaneWork): void;
}

export class DataPlaneWork {
  readonly scope: string;
  readonly uid: string;
  readonly publication: Publication;
  readonly facts: FactSheet;
  readonly #parts: DataPlaneWorkParts;
  readonly #store: ConfigRevisionStore;
  readonly #coldStart: ColdStart;
  /** As the view had it last; one of another UID has work of its own. */
  #dataPlane: DataPlane;
  #read = '';
  #told: Refusal | undefined;
  #conditions: Condition[];
  #written = '';

  constructor(dataPlane: DataPlane, parts: DataPlaneWorkParts) {
    const { namespace, name, uid } = dataPlane.metadata;
    const { client, view, schemaLevel, metrics, log } = parts;
    this.scope = `${namespace}/${name}`;
    this.uid = uid;
    this.#dataPlane = dataPlane;
    this.#parts = parts;
    this.#conditions = dataPlane.status?.conditions ?? [];
    const retention: Retention = {
      limit: () => this.#dataPlane.spec.configuration.revisionHistoryLimit,
      isPinned: (sequence) => sequence === this.#pinned,
    };
    const fieldManager = FIELD_MANAGER;
    const size = parts.historySize;
    this.#store = new ConfigRevisionStore({ client, fieldManager, dataPlane, retention, size, log });
    this.publication = new Publication({
      scope: this.scope,
      // The client asks for leadership before each write.
      state: { writable: async () => {}, store: () => this.#store },
      schemaLevel,
      metrics,
      log,
      retention,
      resolvesServices: true,
      onPublished: () => this.#published(),
    });
    this.facts = new FactSheet({
      service: (name) => view.services.get({ namespace, name }),
      endpointSlices: () => view.endpointSlices.list(namespace),
    });
    this.#coldStart = new ColdStart({
      client,
      fieldManager,
      dataPlane,
      events: parts.events,
      schemaLevel,
      metrics,
      log,
      onCondition: () => parts.onCondition(this),
    });
  }

  /** Takes up the stored revisions. Rejects where they cannot be asked for. */
  async load(): Promise<void> {
    await this.publication.load();
    this.updateFacts();
    this.#keepForColdStart();
  }

  /** Brings everything to what the ConfigMaps say; rejects where the cluster could not be told. */
  async reconcile(dataPlane: DataPlane, configMaps: readonly ConfigMap[]): Promise<void> {
    this.#dataPlane = dataPlane;
    await this.publication.pinTo(this.#pinned);
    const read = fingerprintOf(configMaps);
    if (read !== this.#read) {
      await this.publication.offer(await readConfigMaps(configMaps));
      this.#read = read;
    }
    this.#tell(configMaps);
    await this.#writeStatus(configMaps.length === 0);
    await this.#store.mark(this.publication.history.current?.id.sequence);
    // The limit may have changed, or other DataPlanes may have grown.
    await this.#store.prune();
  }

  /** True where they are others than before. */
  updateFacts(): boolean {
    const changed = this.facts.update(this.publication.history.revisions);
    if (!changed) return false;
    this.#parts.metrics.factsChanged.inc({ data_plane: this.scope });
    this.#keepForColdStart();
    return true;
  }

  async close(): Promise<void> {
    await Promise.all([this.publication.close(), this.#coldStart.close()]);
    this.#store.close();
    this.#parts.metrics.forget(this.scope);
  }

  get #pinned(): number | undefined {
    const { pinnedRevision } = this.#dataPlane.spec.configuration;
    return pinnedRevision === undefined ? undefined : sequenceOfName(pinnedRevision);
  }

  #keepForColdStart(): void {
    const { current } = this.publication.history;
    if (current !== undefined) this.#coldStart.keep(current, this.facts.facts);
  }

  #published(): void {
    this.updateFacts();
    this.#keepForColdStart();
    this.#parts.onPublished(this);
  }

  /** Each refusal once: on the DataPlane, and on each ConfigMap that a problem stands in. */
  #tell(configMaps: readonly ConfigMap[]): void {
    const { refusal, history } = this.publication;
    if (refusal === this.#told) return;
    this.#told = refusal;
    const isNew = configMaps.length === 0 && history.current === undefined;
    if (refusal === undefined || isNew) return;
    const warning = { type: 'Warning', reason: 'ConfigurationRefused', action: 'Publish' } as const;
    for (const configMap of configMaps) {
      const own = refusal.problems.filter((problem) => isAbout(problem, configMap));
      if (own.length === 0) continue;
      const note = own.map(formatProblem).join('; ');
      this.#parts.events.record({ ...warning, regarding: withKind(configMap), note });
    }
    const note = refusal.problems.map(formatProblem).join('; ');
    this.#parts.events.record({ ...warning, regarding: this.#dataPlane, note });
  }

  async #writeStatus(isAbsent: boolean): Promise<void> {
    const { apiVersion, kind, metadata } = this.#dataPlane;
    const reports = [
      configAccepted(metadata, this.publication, isAbsent),
      this.#coldStart.condition(metadata.generation),
    ];
    for (const report of reports.filter((each) => each !== undefined))
      this.#conditions = setCondition(this.#conditions, report, () => new Date());
    const conditions = this.#conditions.filter(({ type }) => OWN_CONDITIONS.includes(type));
    const revision = this.publication.history.current?.id;
    const status = { conditions, ...(revision && { revision }) };
    const written = JSON.stringify(status);
    if (written === this.#written) return;
    const { name, namespace, uid } = metadata;
    const object: KubeObject & { status: object } = {
      apiVersion,
      kind,
      metadata: { name, namespace, uid },
      status,
    };
    const options = { fieldManager: FIELD_MANAGER, force: true };
    await this.#parts.client.applyStatus(DATA_PLANES, object, options);
    this.#written = written;
  }
}

/** Objects of a list have no kind of their own everywhere; an Event names it. */
function withKind(configMap: ConfigMap): ConfigMap {
  return { ...configMap, apiVersion: 'v1', kind: 'ConfigMap' };
}
