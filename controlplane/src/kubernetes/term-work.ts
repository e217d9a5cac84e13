/** The work of one term of leadership: it begins with what is stored, follows the cluster, and ends with the term. */
import type { DataPlane } from '@holdfast/api/data-plane.ts';
import { CONFIGURATION_FOR_LABEL } from '@holdfast/api/labels.ts';
import type { ApiClient } from '@holdfast/kube/client/api-client.ts';
import { Controller } from '@holdfast/kube/controller/controller.ts';
import { EventRecorder } from '@holdfast/kube/events/event-recorder.ts';
import type { LeadershipTerm } from '@holdfast/kube/leadership/term.ts';
import { objectKey, parseObjectKey } from '@holdfast/kube/objects/object.ts';
import type { Change } from '@holdfast/kube/reflector/object-cache.ts';
import type { Logger } from 'pino';
import type { ControlPlaneMetrics } from '../metrics/metrics.ts';
import type { Audience } from '../publisher.ts';
import { HistorySize } from '../revisions/history-size.ts';
import type { Publication } from '../revisions/publication.ts';
import type { Payload } from '../stream/payloads.ts';
import type { ClusterView } from './cluster-view.ts';
import { DataPlaneWork } from './data-plane-work.ts';
import { type ConfigMap, SERVICE_NAME_LABEL } from './objects.ts';

/** ConfigMaps that are applied together come one after another, and belong together. */
const SETTLE_MS = 100;
/** What is deleted may be about to be made anew, or its route to stand in another ConfigMap. */
const REMOVAL_SETTLE_MS = 1_000;
/** A rollout of a backend changes its endpoints many times in a second. */
const FACTS_SETTLE_MS = 50;
const STOP_MS = 2_000;

export interface TermWorkOptions {
  term: LeadershipTerm;
  /** Not fenced. */
  client: ApiClient;
  /** Synced. */
  view: ClusterView;
  audience: Audience;
  /** Of this process. */
  identity: string;
  schemaLevel: number;
  metrics: ControlPlaneMetrics;
  log: Logger;
}

export class TermWork {
  readonly #options: TermWorkOptions;
  readonly #client: ApiClient;
  readonly #events: EventRecorder;
  readonly #controller: Controller;
  readonly #works = new Map<string, DataPlaneWork>();
  readonly #historySize: HistorySize;
  readonly #factTimers = new Map<string, NodeJS.Timeout>();
  #endWatching: (() => void)[] = [];
  #closing: Promise<void> | undefined;

  constructor(options: TermWorkOptions) {
    const { client, term, identity, metrics, log } = options;
    this.#options = options;
    this.#client = client.fenced(term);
    const reporter = { controller: 'holdfast.dev/controlplane', instance: identity };
    this.#historySize = new HistorySize((bytes) => metrics.historyBytes.set(bytes));
    this.#events = new EventRecorder({ client: this.#client, reporter, log });
    this.#controller = new Controller({
      name: 'publication',
      reconcile: (key) => this.#reconcile(key),
      queue: { maxMs: 30_000 },
      onOutcome: (outcome) => metrics.reconciles.inc({ outcome }),
      log,
    });
  }

  publicationFor(dataPlane: string): Publication | undefined {
    return this.#works.get(dataPlane)?.publication;
  }

  publications(): Publication[] {
    return [...this.#works.values()].map(({ publication }) => publication);
  }

  factsFor(dataPlane: string): Payload | undefined {
    return this.#works.get(dataPlane)?.facts.payload;
  }

  start(): void {
    const { dataPlanes, configMaps, services, endpointSlices } = this.#options.view;
    this.#controller.start();
    this.#endWatching = [
      dataPlanes.onChange((change) => this.#dataPlaneChanged(change)),
      configMaps.onChange((change) => this.#configMapChanged(change)),
      services.onChange(({ object }) =>
        this.#serviceChanged(object.metadata.namespace!, object.metadata.name),
      ),
      endpointSlices.onChange(({ object: { metadata } }) => {
        this.#serviceChanged(metadata.namespace!, metadata.labels?.[SERVICE_NAME_LABEL] ?? '');
      }),
    ];
  }

  /** Resolves when nothing is at work any more. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    for (const end of this.#endWatching) end();
    for (const timer of this.#factTimers.values()) clearTimeout(timer);
    this.#factTimers.clear();
    await this.#controller.stop(STOP_MS);
    await Promise.all([...this.#works.values()].map((work) => work.close()));
    await this.#events.stop(STOP_MS);
  }

  #dataPlaneChanged(change: Change<DataPlane>): void {
    const { object } = change;
    // Its status changes each time that an instance does.
    if (change.type === 'updated' && change.previous.metadata.generation === object.metadata.generation)
      return;
    this.#controller.enqueue(objectKey(object.metadata));
  }

  #configMapChanged(change: Change<ConfigMap>): void {
    const keys = [dataPlaneKey(change.object)];
    if (change.type === 'updated') keys.push(dataPlaneKey(change.previous));
    const settleMs = change.type === 'deleted' ? REMOVAL_SETTLE_MS : SETTLE_MS;
    for (const key of new Set(keys)) this.#controller.queue.addAfter(key, settleMs);
  }

  #serviceChanged(namespace: string, service: string): void {
    for (const work of this.#works.values()) {
      if (!work.scope.startsWith(`${namespace}/`)) continue;
      // Its own instances: they are told their zone when their pods appear.
      if (work.scope === `${namespace}/${service}`) this.#options.audience.advance(work.scope);
      if (!work.facts.names(service)) continue;
      if (this.#factTimers.has(work.scope)) continue;
      this.#factTimers.set(
        work.scope,
        setTimeout(() => this.#updateFacts(work), FACTS_SETTLE_MS),
      );
    }
  }

  #updateFacts(work: DataPlaneWork): void {
    this.#factTimers.delete(work.scope);
    if (work.updateFacts()) this.#options.audience.advance(work.scope);
  }

  async #reconcile(key: string): Promise<void> {
    const dataPlane = this.#options.view.dataPlanes.get(parseObjectKey(key));
    const before = this.#works.get(key);
    // One made anew under the same name has a history of its own.
    if (before !== undefined && before.uid !== dataPlane?.metadata.uid) await this.#drop(before);
    if (dataPlane === undefined) return;
    const work = this.#works.get(key) ?? (await this.#begin(dataPlane));
    await work.reconcile(dataPlane, this.#configMapsOf(dataPlane));
  }

  async #begin(dataPlane: DataPlane): Promise<DataPlaneWork> {
    const { view, schemaLevel, metrics, log, audience } = this.#options;
    const work = new DataPlaneWork(dataPlane, {
      client: this.#client,
      view,
      events: this.#events,
      schemaLevel,
      metrics,
      log,
      audience,
      historySize: this.#historySize,
      onCondition: ({ scope }) => this.#controller.enqueue(scope),
      onPublished: ({ scope }) => {
        audience.advance(scope);
        this.#controller.enqueue(scope);
      },
    });
    await work.load();
    this.#works.set(work.scope, work);
    // Instances may wait already, and what is stored may be what the ConfigMaps say: then nothing new is published.
    audience.advance(work.scope);
    return work;
  }

  async #drop(work: DataPlaneWork): Promise<void> {
    clearTimeout(this.#factTimers.get(work.scope));
    this.#factTimers.delete(work.scope);
    this.#works.delete(work.scope);
    await work.close();
  }

  #configMapsOf({ metadata: { namespace, name } }: DataPlane): ConfigMap[] {
    return this.#options.view.configMaps
      .list(namespace)
      .filter(({ metadata }) => metadata.labels?.[CONFIGURATION_FOR_LABEL] === name);
  }
}

function dataPlaneKey({ metadata: { namespace, labels } }: ConfigMap): string {
  return objectKey({ namespace, name: labels?.[CONFIGURATION_FOR_LABEL] ?? '' });
}
