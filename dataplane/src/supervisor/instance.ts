/** An instance: wires listeners, workers, agent, status API and metrics by hand, and ends them in order. */
import { totalmem } from 'node:os';
import type { StartError } from '@holdfast/program/errors.ts';
import type { SideServer } from '@holdfast/program/server/side-server.ts';
import { SCHEMA_LEVEL } from '@holdfast/protocol/configuration/levels.ts';
import type { StatusDocument } from '@holdfast/protocol/status/status-document.ts';
import { formatHostPort, type HostPort } from '@holdfast/protocol/values/address.ts';
import type { Logger } from 'pino';
import { startError } from '../errors.ts';
import type { Settings } from '../settings/settings.ts';
import { statusDocument } from '../status/instance-status.ts';
import { startStatusApi } from '../status/status-api.ts';
import { VERSION } from '../version.ts';
import type { AgentSettings, AgentToSupervisor } from './agent-messages.ts';
import { AgentThread } from './agent-thread.ts';
import { ConfigurationPublisher } from './configuration-publisher.ts';
import { ControlPlaneContact } from './control-plane-contact.ts';
import { type DrainDecision, decideDrain } from './drain.ts';
import { EndpointHealth } from './endpoint-health.ts';
import { InstanceMetrics } from './instance-metrics.ts';
import { type BoundListener, Listeners } from './listeners.ts';
import { agentHeapMegabytes, workerHeapMegabytes } from './memory-share.ts';
import { AGENT_PROGRAM, WORKER_PROGRAM } from './programs.ts';
import { RevisionTraffic } from './revision-traffic.ts';
import { tokenFileProblem } from './token-file.ts';
import { TrafficView } from './traffic-view.ts';
import type { WorkerToSupervisor } from './worker-messages.ts';
import { WorkerPool } from './worker-pool.ts';
import {
  WORKER_TIMINGS,
  type WorkerEvents,
  type WorkerProcess,
  type WorkerTimings,
} from './worker-process.ts';

const DRAIN_LOOK_MS = 100;
/** What lives to the end of a drain ends spread over this; with the kill it stays within the 5 s that a pod has beyond its timeout. */
const STOP_SPREAD_MS = 3_000;
const STOP_KILL_MS = 4_000;

export interface InstanceOptions {
  log: Logger;
  /** Of the configuration that it understands; older for tests of older instances. */
  schemaLevel?: number;
  programs?: { agent: URL; worker: URL };
  timings?: WorkerTimings;
}

/** Binds everything, then starts workers and agent. Throws a StartError where an address can't be bound. */
export async function startInstance(settings: Settings, options: InstanceOptions): Promise<Instance> {
  const listeners = new Listeners(settings.listeners);
  try {
    const instance = new Instance(settings, options, listeners);
    await instance.start();
    return instance;
  } catch (error) {
    listeners.close();
    throw error;
  }
}

export class Instance {
  readonly #settings: Settings;
  readonly #schemaLevel: number;
  readonly #log: Logger;
  readonly #listeners: Listeners;
  readonly #publisher: ConfigurationPublisher;
  readonly #pool: WorkerPool;
  readonly #agent: AgentThread;
  readonly #traffic = new TrafficView<WorkerProcess>();
  readonly #revisions = new RevisionTraffic();
  readonly #health = new EndpointHealth();
  readonly #metrics = new InstanceMetrics(VERSION);
  readonly #contact: ControlPlaneContact;
  readonly #failure = Promise.withResolvers<StartError>();
  #statusApi: SideServer | undefined;
  #everServed = false;
  #drainStartedAt: number | undefined;
  #drained: Promise<DrainDecision> | undefined;
  #ending = false;

  constructor(settings: Settings, options: InstanceOptions, listeners: Listeners) {
    const programs = options.programs ?? { agent: AGENT_PROGRAM, worker: WORKER_PROGRAM };
    const memory = process.constrainedMemory();
    this.#settings = settings;
    this.#schemaLevel = options.schemaLevel ?? SCHEMA_LEVEL;
    this.#log = options.log;
    this.#listeners = listeners;
    this.#publisher = new ConfigurationPublisher({
      onServed: (revision) => {
        this.#log.info({ revision }, 'all workers serve the revision');
        this.#agent.post({ type: 'served', revision });
      },
      onRefused: (revision, reasons) => {
        this.#metrics.count('holdfast_config_refused_total');
        this.#log.error({ revision, reasons }, 'a worker refused the revision; the last good one goes on');
        this.#agent.post({ type: 'refused', revision, reasons });
      },
    });
    this.#pool = new WorkerPool(
      {
        program: programs.worker,
        workers: settings.workers,
        instance: settings.instance,
        logLevel: settings.logLevel,
        listeners: listeners.bound,
        heapMegabytes: workerHeapMegabytes(memory, totalmem(), settings.workers),
        timings: options.timings ?? WORKER_TIMINGS,
      },
      {
        onStarted: (worker) => this.#takeWorkerStart(worker),
        onMessage: (worker, message) => this.#takeWorkerMessage(worker, message),
        onExit: (worker, end, detail) => this.#takeWorkerExit(worker, end, detail),
        onStartFailed: (error) => {
          this.#metrics.count('holdfast_worker_restarts_total', { reason: 'start_failed' });
          this.#log.error({ err: error }, 'a worker could not be started');
        },
      },
    );
    this.#agent = new AgentThread(
      {
        program: programs.agent,
        heapMegabytes: agentHeapMegabytes(memory, totalmem()),
        settings: () => this.#agentSettings(),
      },
      {
        onMessage: (message) => this.#takeAgentMessage(message),
        onDeath: (error) => this.#takeAgentDeath(error),
      },
    );
    this.#contact = new ControlPlaneContact({
      status: () => this.status(),
      takeFigures: () => ({ requests: this.#metrics.takeRequests(), revisions: this.#revisions.take() }),
      send: (report) => this.#agent.post({ type: 'report', report }),
    });
  }

  get listeners(): readonly BoundListener[] {
    return this.#listeners.bound;
  }

  get statusAddress(): HostPort {
    return this.#statusApi?.address ?? this.#settings.status;
  }

  /** Resolves where the instance turns out unable to serve at all, whatever it is given; it is to be ended then. */
  get failed(): Promise<StartError> {
    return this.#failure.promise;
  }

  async start(): Promise<void> {
    const { status, tokenFile } = this.#settings;
    this.#statusApi = await startStatusApi(status, {
      status: () => this.status(),
      metrics: async () => ({
        contentType: this.#metrics.contentType,
        text: await this.#metrics.render(this.status(), this.#traffic.gauges(), this.#health.entries()),
      }),
    });
    this.#pool.start();
    this.#agent.start();
    this.#contact.start();
    if (tokenFile !== undefined) void this.#warnOfToken(tokenFile);
    const listeners = this.listeners.map((listener) => ({
      name: listener.name,
      address: formatHostPort(listener),
    }));
    this.#log.info({ listeners, status: formatHostPort(this.statusAddress) }, 'listening');
  }

  status(): StatusDocument {
    const { lastGood, current } = this.#publisher.mirror;
    return statusDocument({
      instance: this.#settings.instance,
      dataPlane: this.#settings.dataPlane,
      version: VERSION,
      listenersBound: this.listeners.length > 0,
      draining: this.#drainStartedAt !== undefined,
      revision: lastGood === null ? null : { ...lastGood.id, origin: lastGood.origin, trial: lastGood.trial },
      revisionKnown: current !== null,
      controlPlane: this.#contact.state,
      workersDesired: this.#settings.workers,
      // A worker listens from its first commit with a revision on, so none accepts without.
      workersServing: { withRevision: this.#servingWorkers().length, withoutRevision: 0 },
      everServed: this.#everServed,
      silentMs: performance.now() - this.#pool.lastAnswer,
    });
  }

  /** Not ready at once; serves on until nothing comes any more, or to the timeout; then ends everything. */
  drain(): Promise<DrainDecision> {
    this.#drained ??= this.#drain();
    return this.#drained;
  }

  async #drain(): Promise<DrainDecision> {
    this.#drainStartedAt = performance.now();
    this.#log.info(
      { delayMs: this.#settings.drainDelayMs, timeoutMs: this.#settings.drainTimeoutMs },
      'draining',
    );
    this.#pool.drain();
    this.#contact.reportIfChanged();
    const decision = await this.#drainDecided(this.#drainStartedAt);
    const left = this.#traffic.gauges();
    this.#log[decision === 'finished' ? 'info' : 'warn']({ ...left }, `drain ${decision}`);
    await this.#end();
    return decision;
  }

  #drainDecided(startedAt: number): Promise<DrainDecision> {
    return new Promise((resolve) => {
      const timer = setInterval(() => {
        const decision = this.#decideDrain(startedAt);
        if (decision === 'wait') return;
        clearInterval(timer);
        resolve(decision);
      }, DRAIN_LOOK_MS);
    });
  }

  #decideDrain(startedAt: number): DrainDecision {
    const { requestsInFlight, upgraded } = this.#traffic.gauges();
    return decideDrain({
      now: performance.now(),
      startedAt,
      delayMs: this.#settings.drainDelayMs,
      timeoutMs: this.#settings.drainTimeoutMs,
      inFlight: requestsInFlight + upgraded,
      lastArrival: this.#traffic.lastArrival,
      sampledAt: this.#traffic.sampledAt(this.#servingWorkers()),
      everServed: this.#everServed,
    });
  }

  async #end(): Promise<void> {
    this.#ending = true;
    this.#contact.stop();
    this.#publisher.close();
    await Promise.all([this.#pool.stop(STOP_SPREAD_MS, STOP_KILL_MS), this.#agent.stop()]);
    this.#statusApi?.close();
    this.#listeners.close();
  }

  #servingWorkers(): WorkerProcess[] {
    return this.#pool.workers.filter((worker) => this.#publisher.servedBy(worker) !== undefined);
  }

  /** First health, then configuration, or it would begin with endpoints that are known to be ill. */
  #takeWorkerStart(worker: WorkerProcess): void {
    for (const message of this.#health.messages()) worker.post(message);
    this.#publisher.attach(worker);
  }

  #takeWorkerMessage(worker: WorkerProcess, message: WorkerToSupervisor): void {
    switch (message.type) {
      case 'serving':
        this.#everServed = true;
        this.#publisher.served(worker, message.revision);
        this.#contact.reportIfChanged();
        break;
      case 'refused':
        this.#log.warn({ worker: worker.number, revision: message.revision }, 'worker refused a commit');
        this.#publisher.refused(worker, message.revision, message.reasons);
        break;
      case 'notListening':
        this.#takeNotListening(message.problem);
        break;
      case 'ejected':
        this.#pool.tell(message, worker);
        break;
      case 'metrics':
        this.#metrics.addWorkerSample(message.sample);
        this.#metrics.addBackendEvents(message.backendEvents);
        this.#traffic.add(worker, message.sample, performance.now());
        this.#revisions.add(this.#publisher.servedBy(worker), message.sample);
        break;
    }
  }

  /** Two sockets may be bound to one address until one of them listens, so it shows only now. */
  #takeNotListening(problem: string): void {
    if (this.#everServed) return;
    this.#log.fatal({ problem }, 'a listener can not be listened on: the instance ends');
    this.#failure.resolve(startError('LISTENER_NOT_BOUND', `a listener cannot be listened on: ${problem}`));
  }

  #takeWorkerExit(...[worker, end, detail]: Parameters<WorkerEvents['onExit']>): void {
    const revision = this.#publisher.servedBy(worker) ?? this.#publisher.mirror.current?.id;
    this.#publisher.detach(worker);
    this.#traffic.remove(worker);
    if (this.#ending) return;
    this.#metrics.count('holdfast_worker_restarts_total', { reason: end });
    this.#revisions.crashed(revision);
    const { code, signal, error } = detail;
    this.#log.error(
      { worker: worker.number, pid: worker.pid, reason: end, code, signal, err: error },
      'worker ended',
    );
    this.#contact.reportIfChanged();
  }

  #takeAgentMessage(message: AgentToSupervisor): void {
    switch (message.type) {
      case 'apply':
        this.#publisher.apply(message.transaction);
        break;
      case 'promoted':
        this.#log.info({ revision: message.revision }, 'the revision on trial is promoted');
        this.#publisher.mirror.promote(message.revision);
        break;
      case 'controlPlane':
        this.#contact.take(message);
        break;
      case 'refused':
        this.#metrics.count('holdfast_config_refused_total');
        this.#log.error({ revision: message.revision, reasons: message.reasons }, 'a revision was refused');
        break;
      case 'health':
        this.#health.take(message.backend, message.unhealthy);
        this.#pool.tell(message);
        break;
      case 'metrics':
        this.#metrics.addAgentSample(message.sample);
        break;
    }
  }

  #takeAgentDeath(error: Error | undefined): void {
    this.#metrics.count('holdfast_agent_restarts_total');
    this.#log.error({ err: error }, 'the agent died and is started again; traffic goes on');
    this.#contact.lose();
  }

  #agentSettings(): AgentSettings {
    const {
      instance,
      dataPlane,
      zone,
      controlPlanes,
      cacheDirectory,
      bootstrapDirectory,
      tokenFile,
      logLevel,
    } = this.#settings;
    const serving = this.#publisher.resume();
    return {
      instance,
      dataPlane,
      version: VERSION,
      schemaLevel: this.#schemaLevel,
      controlPlanes,
      logLevel,
      unhealthy: this.#health.entries(),
      ...(zone !== undefined && { zone }),
      ...(cacheDirectory !== undefined && { cacheDirectory }),
      ...(bootstrapDirectory !== undefined && { bootstrapDirectory }),
      ...(tokenFile !== undefined && { tokenFile }),
      ...(serving !== undefined && { serving }),
    };
  }

  /** Beside the start: a file system that hangs must not hold it up. */
  async #warnOfToken(file: string): Promise<void> {
    const problem = await tokenFileProblem(file);
    if (problem !== undefined) this.#log.warn({ file }, problem);
  }
}
