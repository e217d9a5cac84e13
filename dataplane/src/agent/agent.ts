/** The agent: gets the configuration from stream and disk, has the keeper decide, and does what it decided. */
import type { Fact } from '@holdfast/protocol/facts/facts.ts';
import { resourceSet } from '@holdfast/protocol/revision/resource-set.ts';
import { type Revision, type RevisionId, sameRevision } from '@holdfast/protocol/revision/revision.ts';
import type { ControlPlaneMessage, Hello, Welcome } from '@holdfast/protocol/stream/messages.ts';
import type { Logger } from 'pino';
import { BootstrapDirectory } from '../configuration/bootstrap-directory.ts';
import { within } from '../configuration/deadline.ts';
import { DiskCache } from '../configuration/disk-cache.ts';
import type { FactTable } from '../configuration/fact-table.ts';
import { Keeper, type KeeperEffect, type KeeperInput } from '../configuration/keeper.ts';
import { checkRevision } from '../configuration/revision-check.ts';
import { StreamClient, type StreamState } from '../configuration/stream-client.ts';
import { Observer } from '../observing/observer.ts';
import type { AgentSettings, AgentToSupervisor, SupervisorToAgent } from '../supervisor/agent-messages.ts';
import { AgentCounters } from './agent-counters.ts';
import { StreamLog } from './stream-log.ts';

const SAMPLE_MS = 1_000;
/** How long the hello waits for cache and bootstrap, so that it can say what is there; a disk that hangs must not keep the stream away. */
const LOCAL_READ_MS = 1_000;
/** A Secret takes up to 2 minutes to arrive in a pod that runs. */
const BOOTSTRAP_LOOK_MS = 2_000;
/** How long an acknowledgement waits for the cache. */
const CACHE_WRITE_MS = 1_000;
/** Above the supervisor's patience with one worker (30 s), below the control plane's with an instance (60 s). */
const APPLY_MS = 50_000;
/** How long a revision waits for the addresses of names that it brings, so that it does not begin without any. */
const RESOLVE_MS = 1_000;
const STOP_MS = 800;
/** Endpoints named in one line of the log. */
const MOST_LOGGED = 8;

export class Agent {
  readonly #settings: AgentSettings;
  readonly #post: (message: AgentToSupervisor) => void;
  readonly #log: Logger;
  readonly #keeper = new Keeper();
  readonly #client: StreamClient;
  readonly #cache: DiskCache | undefined;
  readonly #bootstrap: BootstrapDirectory | undefined;
  readonly #counters = new AgentCounters();
  readonly #stop = new AbortController();
  /** The first look at cache and bootstrap. */
  #localRead: Promise<void> = Promise.resolve();
  #cached: Promise<void> = Promise.resolve();
  #sampling: NodeJS.Timeout | undefined;
  #looking: NodeJS.Timeout | undefined;
  #overdue: NodeJS.Timeout | undefined;
  /** To the moment when what is on trial has not been confirmed for too long. */
  #confirming: NodeJS.Timeout | undefined;
  #watched: RevisionId | undefined;
  readonly #observer: Observer;
  /** A snapshot was to be asked for before the stream was welcome, and the hello on its way names what has since been refused. */
  #askDue = false;

  constructor(settings: AgentSettings, post: (message: AgentToSupervisor) => void, log: Logger) {
    this.#settings = settings;
    this.#post = post;
    this.#log = log;
    this.#client = this.#newClient();
    this.#cache = this.#newCache();
    this.#bootstrap = this.#newBootstrap();
    this.#observer = this.#newObserver();
  }

  /** Disk, bootstrap and stream side by side: whichever has something good first serves, until a newer one is there. */
  start(): void {
    const { serving, zone } = this.#settings;
    if (serving) this.#resume(serving);
    // What a dead agent left on trial is not the last good one.
    if (!serving || serving.trial) this.#localRead = this.#readLocal();
    if (zone !== undefined) this.#takeZone(zone);
    this.#postState(this.#client.state);
    this.#client.start();
    this.#sampling = setInterval(() => this.#postSample(), SAMPLE_MS);
  }

  receive(message: Exclude<SupervisorToAgent, { type: 'stop' }>): void {
    switch (message.type) {
      case 'served':
      case 'refused':
        this.#handle(message);
        break;
      case 'report':
        this.#client.send(message.report);
        break;
    }
  }

  /** Ends stream, cache and timers within 0.8 s. */
  async stop(): Promise<void> {
    clearInterval(this.#sampling);
    clearTimeout(this.#overdue);
    clearTimeout(this.#confirming);
    clearTimeout(this.#looking);
    this.#stop.abort();
    this.#observer.stop();
    const closed = Promise.all([this.#client.close(), this.#cache?.close()]);
    await within(STOP_MS, new AbortController().signal, closed).catch(() => {
      this.#log.warn('the stream or the cache took too long to close');
    });
    this.#postSample();
  }

  #newClient(): StreamClient {
    const { controlPlanes, tokenFile } = this.#settings;
    const streamLog = new StreamLog(this.#log);
    return new StreamClient({
      endpoints: controlPlanes,
      ...(tokenFile !== undefined && { tokenFile }),
      hello: () => this.#hello(),
      onMessage: (message, bytes) => this.#onMessage(message, bytes),
      onState: (state) => {
        streamLog.state(state);
        this.#postState(state);
        if (state.connected) this.#onConnected();
      },
      onEnd: (end, endpoint) => {
        streamLog.end(end, endpoint);
        if (end.kind === 'failed') this.#counters.connectFailure();
      },
      onDiscarded: (error, bytes) => {
        streamLog.discarded(error);
        this.#counters.message(error.code === 'UNKNOWN_TYPE' ? 'unknown' : 'malformed', bytes);
      },
    });
  }

  #newObserver(): Observer {
    return new Observer({
      unhealthy: this.#settings.unhealthy ?? [],
      onFacts: (facts, gone) => this.#handle({ type: 'observed', facts, gone }),
      onHealth: (backend, unhealthy) => {
        const some = unhealthy.slice(0, MOST_LOGGED);
        this.#log.info(
          { backend, count: unhealthy.length, unhealthy: some },
          'endpoints fail their health checks',
        );
        this.#post({ type: 'health', backend, unhealthy });
      },
      onChecked: (good) => this.#counters.healthCheck(good),
      onNameFailure: (hostname, error, first) => {
        this.#counters.dnsFailure();
        const problem = error.message;
        if (first)
          this.#log.warn({ hostname, problem }, 'a name does not resolve; its last known addresses serve');
      },
    });
  }

  #newCache(): DiskCache | undefined {
    const { cacheDirectory, dataPlane } = this.#settings;
    if (cacheDirectory === undefined) return undefined;
    return new DiskCache({
      directory: cacheDirectory,
      dataPlane,
      onProblem: (problem, path, detail, first) => {
        this.#counters.cacheFailure();
        if (first)
          this.#log.warn({ problem, path, detail }, 'the configuration cache does not work; serving goes on');
      },
    });
  }

  #newBootstrap(): BootstrapDirectory | undefined {
    const { bootstrapDirectory: directory, dataPlane, schemaLevel } = this.#settings;
    if (directory === undefined) return undefined;
    return new BootstrapDirectory({
      directory,
      dataPlane,
      schemaLevel,
      onProblem: (problem, path, detail) => {
        this.#counters.bootstrapFailure();
        this.#log.warn({ problem, path, detail }, 'the bootstrap is not used');
      },
    });
  }

  /** The cache first: who has both begins with it, and does not wait until the other is unpacked. A disk that hangs holds nothing up for long. */
  async #readLocal(): Promise<void> {
    await within(LOCAL_READ_MS, this.#stop.signal, this.#readDisk()).catch(() => {});
    await this.#readBootstrap();
  }

  async #readDisk(): Promise<void> {
    const startedAt = performance.now();
    const cached = (await this.#cache?.read()) ?? {};
    if (this.#stop.signal.aborted) return;
    const ms = Math.round(performance.now() - startedAt);
    if (cached.revision)
      this.#log.info({ revision: cached.revision.id, ms }, 'read a revision from the cache');
    this.#handle({ type: 'disk', ...cached });
  }

  /** Again and again until something serves: the Secrets may come after the pod. */
  async #readBootstrap(): Promise<void> {
    if (this.#bootstrap === undefined || this.#keeper.serving || this.#stop.signal.aborted) return;
    const content = await this.#bootstrap.look();
    if (this.#stop.signal.aborted) return;
    if (content) {
      this.#log.info({ revision: content.revision.id }, 'read a revision from the bootstrap');
      this.#handle({ type: 'bootstrap', ...content });
    }
    this.#looking = setTimeout(() => void this.#readBootstrap(), BOOTSTRAP_LOOK_MS);
  }

  #resume({ revision: id, origin, trial, resources, facts }: NonNullable<AgentSettings['serving']>): void {
    const parsed = resources.map(([key, json]) => [key, JSON.parse(json)] as const);
    const revision: Revision = { id, resources: resourceSet(parsed) };
    const known = facts.map(([, json]) => JSON.parse(json) as Fact);
    this.#perform(this.#keeper.resume(revision, origin, trial, known));
    this.#observe();
  }

  async #hello(): Promise<Hello> {
    await within(LOCAL_READ_MS, this.#stop.signal, this.#localRead).catch(() => {});
    this.#handle({ type: 'connected' });
    this.#askDue = false;
    const { instance, dataPlane, version, schemaLevel } = this.#settings;
    const { have, trial } = this.#keeper;
    const known = { ...(have && { have }), ...(trial && { trial }) };
    return { type: 'hello', instance, dataPlane, version, schemaLevel, ...known };
  }

  #onConnected(): void {
    this.#counters.connect();
    if (this.#askDue) this.#askForSnapshot();
  }

  #askForSnapshot(): void {
    const { instance, dataPlane, version, schemaLevel } = this.#settings;
    this.#askDue = !this.#client.send({ type: 'hello', instance, dataPlane, version, schemaLevel });
  }

  #onMessage(message: ControlPlaneMessage, bytes: number): void {
    this.#counters.message(message.type, bytes);
    if (message.type === 'goaway') return;
    if (message.type === 'welcome') this.#takeWelcome(message);
    else this.#handle(message);
  }

  /** A person who started the instance knows better where it is. */
  #takeWelcome({ zone }: Welcome): void {
    if (zone !== undefined && this.#settings.zone === undefined) this.#takeZone(zone);
  }

  #takeZone(zone: string): void {
    const fact: Fact = { kind: 'zone', name: 'own', version: zone, value: { zone } };
    this.#handle({ type: 'observed', facts: [fact], gone: [] });
  }

  #handle(input: KeeperInput): void {
    if (this.#stop.signal.aborted) return;
    this.#perform(this.#keeper.handle(input));
    this.#watchWorkers();
    this.#observe();
  }

  #observe(): void {
    const { good, candidate } = this.#keeper;
    this.#observer.observe(good.resources, good.facts, candidate);
  }

  #perform(effects: readonly KeeperEffect[]): void {
    for (const effect of effects) this.#performOne(effect);
  }

  #performOne(effect: KeeperEffect): void {
    switch (effect.type) {
      case 'check':
        void this.#check(effect.revision, effect.facts);
        break;
      case 'apply':
        this.#post({ type: 'apply', transaction: effect.transaction });
        break;
      case 'cacheRevision':
        this.#cached = this.#cache?.writeRevision(effect.revision) ?? Promise.resolve();
        break;
      case 'cacheFacts':
        void this.#cache?.writeFacts(effect.facts);
        break;
      case 'ack':
        void this.#ack(effect.revision);
        break;
      case 'nack':
        this.#client.send(effect);
        break;
      case 'askForSnapshot':
        this.#askForSnapshot();
        break;
      case 'awaitConfirmation':
        clearTimeout(this.#confirming);
        this.#confirming = setTimeout(() => this.#onUnconfirmed(effect.revision), effect.ms);
        break;
      case 'reportPromotion':
        this.#post({ type: 'promoted', revision: effect.revision });
        break;
      case 'reportRefusal': {
        const { revision, origin, reasons } = effect;
        this.#post({ type: 'refused', revision, origin, reasons });
        break;
      }
    }
  }

  async #check(revision: Revision, facts: FactTable): Promise<void> {
    const known = within(RESOLVE_MS, this.#stop.signal, this.#observer.resolve(revision.resources));
    const reasons = await checkRevision(revision.resources, facts.values(), this.#settings.schemaLevel);
    await known.catch(() => {});
    this.#handle({ type: 'checked', revision: revision.id, reasons });
  }

  /**
   * First written, then acknowledged: what the control plane counts as rolled out survives a kill of instance and control
   * plane together. A cache that is broken or slow holds it back for a second at most, for an acknowledgement says
   * that the revision serves, and that it does.
   */
  async #ack(revision: RevisionId): Promise<void> {
    await within(CACHE_WRITE_MS, this.#stop.signal, this.#cached).catch(() => {});
    this.#client.send({ type: 'ack', revision });
  }

  #watchWorkers(): void {
    const { applying } = this.#keeper;
    if (sameRevision(applying, this.#watched)) return;
    this.#watched = applying;
    clearTimeout(this.#overdue);
    if (applying) this.#overdue = setTimeout(() => this.#onOverdue(applying), APPLY_MS);
  }

  #onOverdue(revision: RevisionId): void {
    this.#log.warn({ revision }, 'the workers have not answered for a revision');
    this.#watched = undefined;
    this.#handle({ type: 'overdue', revision });
  }

  /** Nothing happens where it was promoted or taken back meanwhile. */
  #onUnconfirmed(revision: RevisionId): void {
    if (sameRevision(revision, this.#keeper.trial))
      this.#log.warn({ revision }, 'nobody confirmed the revision on trial; going back to the last good one');
    this.#handle({ type: 'unconfirmed', revision });
  }

  #postState({ connected, endpoint, since }: StreamState): void {
    this.#post({ type: 'controlPlane', connected, endpoint, since });
  }

  #postSample(): void {
    this.#post({ type: 'metrics', sample: this.#counters.take() });
  }
}
