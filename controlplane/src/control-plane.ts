/** Wires the parts of a control plane together, starts them in order and ends them in order. */
import { hostname } from 'node:os';
import type { ElectionTiming } from '@holdfast/kube/leadership/leader-election.ts';
import { SideServer } from '@holdfast/program/server/side-server.ts';
import { SCHEMA_LEVEL } from '@holdfast/protocol/configuration/levels.ts';
import { formatHostPort } from '@holdfast/protocol/values/address.ts';
import type { Logger } from 'pino';
import { apiRoutes, type ControlPlaneStatus, READINESS_REASONS } from './api/api-routes.ts';
import { Fleet, INSTANCE_STATES } from './fleet/fleet.ts';
import { KubernetesPublisher } from './kubernetes/kubernetes-publisher.ts';
import { listen } from './listen.ts';
import { ControlPlaneMetrics } from './metrics/metrics.ts';
import type { Publisher } from './publisher.ts';
import { type ControlPlaneSettings, isKubernetes } from './settings/settings.ts';
import { FilePublisher } from './sources/file-publisher.ts';
import { STREAM_TIMING, type StreamTiming } from './stream/instance-stream.ts';
import { Payloads } from './stream/payloads.ts';
import { StreamServer } from './stream/stream-server.ts';
import { VERSION } from './version.ts';

export interface ControlPlaneOptions {
  log: Logger;
  /** Default: the newest. Another one stands for an older or newer version of this program. */
  schemaLevel?: number;
  timing?: Partial<ControlPlaneTiming>;
  /** Default: what the environment says (KUBECONFIG, the service account). */
  kubeConfigFile?: string;
}

/** Milliseconds. */
export interface ControlPlaneTiming extends StreamTiming {
  /** Between two looks at the token file. */
  tokenPollMs: number;
  election: Partial<ElectionTiming>;
}

export interface ControlPlane {
  /** `HOST:PORT` with the real port. */
  readonly stream: string;
  readonly api: string;
  /** Says goodbye to all instances and ends; takes at most some seconds. */
  close(): Promise<void>;
}

/** Resolves when instances can connect. Throws ControlPlaneError, and leaves nothing running then. */
export async function startControlPlane(
  settings: ControlPlaneSettings,
  options: ControlPlaneOptions,
): Promise<ControlPlane> {
  const metrics = new ControlPlaneMetrics();
  const publisher = await openPublisher(settings, options, metrics);
  const program = new Program(settings, options, publisher, metrics);
  try {
    return await program.start();
  } catch (error) {
    await program.close();
    throw error;
  }
}

async function openPublisher(
  settings: ControlPlaneSettings,
  { log, schemaLevel = SCHEMA_LEVEL, timing, kubeConfigFile }: ControlPlaneOptions,
  metrics: ControlPlaneMetrics,
): Promise<Publisher> {
  const parts = { schemaLevel, metrics, log };
  if (!isKubernetes(settings))
    return await FilePublisher.open({ settings, ...parts, tokenPollMs: timing?.tokenPollMs });
  return new KubernetesPublisher({ settings, ...parts, kubeConfigFile, election: timing?.election });
}

class Program {
  readonly #settings: ControlPlaneSettings;
  readonly #log: Logger;
  readonly #schemaLevel: number;
  readonly #timing: StreamTiming;
  readonly #publisher: Publisher;
  readonly #metrics: ControlPlaneMetrics;
  readonly #fleet = new Fleet();
  readonly #stream: StreamServer;
  #api: SideServer | undefined;
  #listening = false;

  constructor(
    settings: ControlPlaneSettings,
    { log, schemaLevel = SCHEMA_LEVEL, timing }: ControlPlaneOptions,
    publisher: Publisher,
    metrics: ControlPlaneMetrics,
  ) {
    this.#settings = settings;
    this.#log = log;
    this.#schemaLevel = schemaLevel;
    this.#timing = { ...STREAM_TIMING, ...timing };
    this.#publisher = publisher;
    this.#metrics = metrics;
    const { tokens } = publisher;
    this.#stream = new StreamServer({
      parts: this.#streamParts(),
      leads: () => publisher.leads,
      ...(tokens && { tokens }),
    });
  }

  async start(): Promise<ControlPlane> {
    await this.#publisher.load(this.#stream);
    const api = await this.#listenForQuestions();
    await this.#publisher.start();
    const stream = await this.#stream.listen(this.#settings.listen);
    this.#listening = true;
    this.#log.info({ stream, api }, 'listening');
    return { stream, api, close: () => this.close() };
  }

  async close(): Promise<void> {
    this.#listening = false;
    // Together, since a source may be in the middle of reading something large.
    await Promise.all([this.#stream.close(), this.#publisher.close()]);
    this.#api?.close();
  }

  /** Gives the address with the real port. Throws ControlPlaneError ADDRESS_UNAVAILABLE. */
  async #listenForQuestions(): Promise<string> {
    const routes = apiRoutes({
      fleet: this.#fleet,
      publications: () => this.#publisher.publications(),
      scrape: () => this.#scrape(),
      status: () => this.#status(),
    });
    const { api } = this.#settings;
    this.#api = await listen('--api', api, SideServer.start(api, routes));
    return formatHostPort(this.#api.address);
  }

  #streamParts() {
    return {
      publicationFor: (dataPlane: string) => this.#publisher.publicationFor(dataPlane),
      factsFor: (dataPlane: string) => this.#publisher.factsFor(dataPlane),
      zoneOf: (dataPlane: string, instance: string) => this.#publisher.zoneOf(dataPlane, instance),
      fleet: this.#fleet,
      payloads: new Payloads(),
      metrics: this.#metrics,
      log: this.#log,
      schemaLevel: this.#schemaLevel,
      controlPlane: hostname(),
      version: VERSION,
      timing: this.#timing,
    };
  }

  #status(): ControlPlaneStatus {
    const codes: (keyof typeof READINESS_REASONS)[] = [];
    if (!this.#publisher.synced) codes.push('SourceNotSynced');
    if (!this.#listening) codes.push('NotListening');
    const reasons = codes.map((code) => ({ code, message: READINESS_REASONS[code] }));
    return { controlPlane: hostname(), version: VERSION, ready: codes.length === 0, reasons };
  }

  async #scrape(): Promise<string> {
    const { instances, sourceSynced, leading, registry } = this.#metrics;
    sourceSynced.set(this.#publisher.synced ? 1 : 0);
    leading.set(this.#publisher.leads ? 1 : 0);
    for (const state of Object.keys(INSTANCE_STATES)) instances.set({ state }, 0);
    for (const { state } of this.#fleet.list()) instances.inc({ state });
    return await registry.metrics();
  }
}
