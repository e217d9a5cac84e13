/** Wires the parts of a control plane together, starts them in order and ends them in order. */
import { hostname } from 'node:os';
import { SCHEMA_LEVEL } from '@holdfast/protocol/configuration/levels.ts';
import type { Logger } from 'pino';
import { ApiServer, type ControlPlaneStatus, READINESS_REASONS } from './api/api-server.ts';
import { Fleet, INSTANCE_STATES } from './fleet/fleet.ts';
import { ControlPlaneMetrics } from './metrics/metrics.ts';
import { Publication } from './revisions/publication.ts';
import { StateDirectory } from './revisions/state-directory.ts';
import type { ControlPlaneSettings } from './settings.ts';
import { namesDocumentFile } from './sources/document-files.ts';
import { FileSource } from './sources/file-source.ts';
import { EVERY_DATA_PLANE, type Reading, type Scope } from './sources/source.ts';
import { STREAM_TIMING, type StreamTiming } from './stream/instance-stream.ts';
import { Payloads } from './stream/payloads.ts';
import { StreamServer } from './stream/stream-server.ts';
import { TokenFile } from './stream/token-file.ts';
import { VERSION } from './version.ts';

/** How long instances wait for a source that hangs; then they are served what the state directory holds. */
const SYNC_TIMEOUT_MS = 5_000;

export interface ControlPlaneOptions {
  log: Logger;
  /** Default: the newest. Another one stands for an older or newer version of this program. */
  schemaLevel?: number;
  timing?: Partial<ControlPlaneTiming>;
}

/** Milliseconds. */
export interface ControlPlaneTiming extends StreamTiming {
  /** Between two looks at the token file. */
  tokenPollMs: number;
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
  const { log, timing } = options;
  const { tokenFile } = settings;
  const tokens =
    tokenFile === undefined ? undefined : await TokenFile.open(tokenFile, log, timing?.tokenPollMs);
  const state = await StateDirectory.open(settings.stateDirectory, log).catch((error: unknown) => {
    tokens?.close();
    throw error;
  });
  const program = new Program(settings, options, state, tokens);
  try {
    return await program.start();
  } catch (error) {
    await program.close();
    throw error;
  }
}

class Program {
  readonly #settings: ControlPlaneSettings;
  readonly #log: Logger;
  readonly #schemaLevel: number;
  readonly #timing: StreamTiming;
  readonly #state: StateDirectory;
  readonly #tokens: TokenFile | undefined;
  readonly #metrics = new ControlPlaneMetrics();
  readonly #fleet = new Fleet();
  readonly #publications = new Map<Scope, Publication>();
  readonly #stream: StreamServer;
  readonly #api: ApiServer;
  #source: FileSource | undefined;
  #listening = false;

  constructor(
    settings: ControlPlaneSettings,
    { log, schemaLevel = SCHEMA_LEVEL, timing }: ControlPlaneOptions,
    state: StateDirectory,
    tokens: TokenFile | undefined,
  ) {
    this.#settings = settings;
    this.#log = log;
    this.#schemaLevel = schemaLevel;
    this.#timing = { ...STREAM_TIMING, ...timing };
    this.#state = state;
    this.#tokens = tokens;
    this.#stream = new StreamServer({ parts: this.#streamParts(), ...(tokens && { tokens }) });
    this.#api = new ApiServer({
      fleet: this.#fleet,
      publications: () => this.#publications.values(),
      scrape: () => this.#scrape(),
      status: () => this.#status(),
    });
  }

  async start(): Promise<ControlPlane> {
    const stored = await this.#storedScopes();
    for (const scope of stored) await this.#addPublication(scope);
    const api = await this.#api.listen(this.#settings.api);
    await this.#startSource(stored);
    const stream = await this.#stream.listen(this.#settings.listen);
    this.#listening = true;
    this.#log.info({ stream, api }, 'listening');
    return { stream, api, close: () => this.close() };
  }

  async close(): Promise<void> {
    this.#listening = false;
    // Together, since a source may be in the middle of reading something large.
    await Promise.all([this.#stream.close(), this.#source?.stop()]);
    for (const publication of this.#publications.values()) await publication.close();
    await this.#api.close();
    this.#tokens?.close();
    await this.#state.close();
  }

  /** Those that the source could speak for. */
  async #storedScopes(): Promise<Scope[]> {
    if (namesDocumentFile(this.#settings.source.path)) return [EVERY_DATA_PLANE];
    return (await this.#state.scopes()).filter((scope) => scope !== EVERY_DATA_PLANE);
  }

  async #addPublication(scope: Scope): Promise<Publication> {
    const publication = new Publication({
      scope,
      state: this.#state,
      schemaLevel: this.#schemaLevel,
      metrics: this.#metrics,
      log: this.#log,
      onPublished: () => this.#stream.advance(scope),
    });
    await publication.load();
    this.#publications.set(scope, publication);
    // Instances may wait already, and what is stored may be what the source tells: then nothing new is published.
    this.#stream.advance(scope);
    return publication;
  }

  /** Waits for it to be read once, so that instances that connect are not sent an old revision just before a new one. */
  async #startSource(expected: Scope[]): Promise<void> {
    const { path } = this.#settings.source;
    const onReading = (scope: Scope, reading: Reading) => this.#takeReading(scope, reading);
    this.#source = new FileSource({ path, expected, onReading, log: this.#log });
    const timeout = Promise.withResolvers<void>();
    const timer = setTimeout(timeout.resolve, SYNC_TIMEOUT_MS);
    await Promise.race([this.#source.start(), timeout.promise]);
    clearTimeout(timer);
    if (!this.#source.synced)
      this.#log.warn('the source is not read yet: serving what the state directory holds');
  }

  async #takeReading(scope: Scope, reading: Reading): Promise<void> {
    const publication = this.#publications.get(scope) ?? (await this.#addPublication(scope));
    await publication.offer(reading);
  }

  #streamParts() {
    return {
      publicationFor: (dataPlane: string) =>
        this.#publications.get(EVERY_DATA_PLANE) ?? this.#publications.get(dataPlane),
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
    if (!this.#source?.synced) codes.push('SourceNotSynced');
    if (!this.#listening) codes.push('NotListening');
    const reasons = codes.map((code) => ({ code, message: READINESS_REASONS[code] }));
    return { controlPlane: hostname(), version: VERSION, ready: codes.length === 0, reasons };
  }

  async #scrape(): Promise<string> {
    const { instances, sourceSynced, registry } = this.#metrics;
    sourceSynced.set(this.#source?.synced ? 1 : 0);
    for (const state of Object.keys(INSTANCE_STATES)) instances.set({ state }, 0);
    for (const { state } of this.#fleet.list()) instances.inc({ state });
    return await registry.metrics();
  }
}
