/** The work for one DataPlane during a term: its revisions from its ConfigMaps, its facts, its status, its Events. */
import { configRevisionName, sequenceOfName } from '@holdfast/api/config-revision.ts';
import type { DataPlane } from '@holdfast/api/data-plane.ts';
import type { ApiClient } from '@holdfast/kube/client/api-client.ts';
import { type Condition, setCondition } from '@holdfast/kube/conditions/condition.ts';
import type { EventRecorder } from '@holdfast/kube/events/event-recorder.ts';
import type { KubeObject } from '@holdfast/kube/objects/object.ts';
import { formatProblem } from '@holdfast/protocol/configuration/problem.ts';
import type { RevisionId } from '@holdfast/protocol/revision/revision.ts';
import type { Logger } from 'pino';
import { ColdStart } from '../bootstrap/cold-start.ts';
import { FactSheet } from '../facts/fact-sheet.ts';
import type { ControlPlaneMetrics } from '../metrics/metrics.ts';
import type { Audience } from '../publisher.ts';
import { ConfigRevisionStore } from '../revisions/config-revision-store.ts';
import type { RetainedRevision, Retention } from '../revisions/history.ts';
import type { HistorySize } from '../revisions/history-size.ts';
import { Publication, type Refusal } from '../revisions/publication.ts';
import { isOpen } from '../revisions/revision-fate.ts';
import { type RolloutPlan, rolloutPlan } from '../rollout/rollout-plan.ts';
import { fingerprintOf, isAbout, readConfigMaps } from '../sources/config-map-documents.ts';
import { configAccepted } from '../status/config-accepted.ts';
import type { ClusterView } from './cluster-view.ts';
import { type ConfigMap, DATA_PLANES } from './objects.ts';

/** Between two looks at how instances stand to revisions. */
const SHOW_MS = 1_000;
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
  audience: Audience;
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
  readonly #looking: NodeJS.Timeout;
  #shown = '';

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
      rollouts: {
        fleet: {
          members: (candidate) => parts.audience.members(this.scope, candidate),
          advance: () => parts.audience.advance(this.scope),
          renew: () => parts.audience.renew(this.scope),
        },
        plan: () => this.#plan(),
        onEnd: (revision) => this.#tellEnd(revision),
      },
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
    this.#looking = setInterval(() => this.#look(), SHOW_MS);
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
    await this.#showRevisions();
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
    clearInterval(this.#looking);
    await Promise.all([this.publication.close(), this.#coldStart.close()]);
    this.#store.close();
    this.#parts.metrics.forget(this.scope);
  }

  get #pinned(): number | undefined {
    const { pinnedRevision } = this.#dataPlane.spec.configuration;
    return pinnedRevision === undefined ? undefined : sequenceOfName(pinnedRevision);
  }

  /** The spec counts as well as those that are connected: after a restart of the control plane they come one by one. */
  #plan(): RolloutPlan | undefined {
    const { configuration, replicas } = this.#dataPlane.spec;
    const connected = this.#parts.audience.standings(this.scope).length;
    return rolloutPlan(configuration.rollout, Math.max(replicas, connected));
  }

  #tellEnd({ id, fate }: RetainedRevision): void {
    const { metadata } = this.#dataPlane;
    const name = configRevisionName(metadata.name, id.sequence);
    const isGood = fate.phase === 'Active';
    this.#parts.events.record({
      type: isGood ? 'Normal' : 'Warning',
      reason: isGood ? 'RevisionPromoted' : `Revision${fate.phase}`,
      action: 'Rollout',
      regarding: this.#dataPlane,
      note: `${name}: ${fate.reason}${fate.message === '' ? '' : `: ${fate.message}`}`,
    });
  }

  /** What instances say changes many times in a second. */
  #look(): void {
    const shown = JSON.stringify(this.#revisionStatuses());
    if (shown === this.#shown) return;
    this.#shown = shown;
    this.#parts.onCondition(this);
  }

  async #showRevisions(): Promise<void> {
    for (const { sequence, fate, counts } of this.#revisionStatuses())
      await this.#store.show(sequence, fate, counts);
  }

  #revisionStatuses() {
    const standings = this.#parts.audience.standings(this.scope);
    return this.publication.history.revisions.map(({ id, fate }) => {
      const serving = standings.filter(({ serves }) => isOf(serves, id)).length;
      const refused = standings.filter((standing) => isOf(standing.refused, id)).length;
      const counts = { served: `${serving}/${standings.length}`, instances: { serving, refused } };
      // Of an old one nobody asks, and its status is written once.
      const isPast = !isOpen(fate) && fate.phase !== 'Active' && serving === 0;
      return {
        sequence: id.sequence,
        fate,
        counts: isPast ? { served: '0', instances: { serving, refused: 0 } } : counts,
      };
    });
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

/** The same sequence has other hashes for instances of other schema levels. */
function isOf(known: RevisionId | undefined, { lineage, sequence }: RevisionId): boolean {
  return known?.lineage === lineage && known.sequence === sequence;
}

/** Objects of a list have no kind of their own everywhere; an Event names it. */
function withKind(configMap: ConfigMap): ConfigMap {
  return { ...configMap, apiVersion: 'v1', kind: 'ConfigMap' };
}
