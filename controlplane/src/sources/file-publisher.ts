/** The publisher of documents in files: revisions in a state directory, tokens from a file, and always the one that leads. */
import type { Logger } from 'pino';
import type { ControlPlaneMetrics } from '../metrics/metrics.ts';
import type { Audience, Publisher } from '../publisher.ts';
import { Publication } from '../revisions/publication.ts';
import { StateDirectory } from '../revisions/state-directory.ts';
import type { FileSettings } from '../settings/settings.ts';
import { TokenFile } from '../stream/token-file.ts';
import { namesDocumentFile } from './document-files.ts';
import { FileSource } from './file-source.ts';
import { EVERY_DATA_PLANE, type Reading, type Scope } from './source.ts';

/** How long instances wait for a source that hangs; then they are served what the state directory holds. */
const SYNC_TIMEOUT_MS = 5_000;

export interface FilePublisherOptions {
  settings: FileSettings;
  schemaLevel: number;
  metrics: ControlPlaneMetrics;
  log: Logger;
  /** Between two looks at the token file, milliseconds. */
  tokenPollMs?: number | undefined;
}

export class FilePublisher implements Publisher {
  readonly leads = true;
  readonly tokens: TokenFile | undefined;
  readonly #options: FilePublisherOptions;
  readonly #state: StateDirectory;
  readonly #publications = new Map<Scope, Publication>();
  #audience: Audience | undefined;
  #stored: Scope[] = [];
  #source: FileSource | undefined;

  private constructor(options: FilePublisherOptions, state: StateDirectory, tokens: TokenFile | undefined) {
    this.#options = options;
    this.#state = state;
    this.tokens = tokens;
  }

  /** Throws ControlPlaneError, and leaves nothing running then. */
  static async open(options: FilePublisherOptions): Promise<FilePublisher> {
    const { log, tokenPollMs } = options;
    const { tokenFile, stateDirectory } = options.settings;
    const tokens = tokenFile === undefined ? undefined : await TokenFile.open(tokenFile, log, tokenPollMs);
    const state = await StateDirectory.open(stateDirectory, log).catch((error: unknown) => {
      tokens?.close();
      throw error;
    });
    return new FilePublisher(options, state, tokens);
  }

  get synced(): boolean {
    return this.#source?.synced ?? false;
  }

  publicationFor(dataPlane: string): Publication | undefined {
    return this.#publications.get(EVERY_DATA_PLANE) ?? this.#publications.get(dataPlane);
  }

  publications(): Iterable<Publication> {
    return this.#publications.values();
  }

  /** Files tell no facts, and `service` backends are refused. */
  factsFor(): undefined {
    return undefined;
  }

  /** Instances that files are read for say it themselves. */
  zoneOf(): undefined {
    return undefined;
  }

  async load(audience: Audience): Promise<void> {
    this.#audience = audience;
    this.#stored = await this.#storedScopes();
    for (const scope of this.#stored) await this.#addPublication(scope);
  }

  /** Waits for it to be read once, so that instances that connect are not sent an old revision just before a new one. */
  async start(): Promise<void> {
    const { settings, log } = this.#options;
    const onReading = (scope: Scope, reading: Reading) => this.#takeReading(scope, reading);
    const { path } = settings.source;
    this.#source = new FileSource({ path, expected: this.#stored, onReading, log });
    const timeout = Promise.withResolvers<void>();
    const timer = setTimeout(timeout.resolve, SYNC_TIMEOUT_MS);
    await Promise.race([this.#source.start(), timeout.promise]);
    clearTimeout(timer);
    if (!this.#source.synced) log.warn('the source is not read yet: serving what the state directory holds');
  }

  async close(): Promise<void> {
    await this.#source?.stop();
    for (const publication of this.#publications.values()) await publication.close();
    this.tokens?.close();
    await this.#state.close();
  }

  /** Those that the source could speak for. */
  async #storedScopes(): Promise<Scope[]> {
    if (namesDocumentFile(this.#options.settings.source.path)) return [EVERY_DATA_PLANE];
    return (await this.#state.scopes()).filter((scope) => scope !== EVERY_DATA_PLANE);
  }

  async #addPublication(scope: Scope): Promise<Publication> {
    const { schemaLevel, metrics, log } = this.#options;
    const publication = new Publication({
      scope,
      state: this.#state,
      schemaLevel,
      metrics,
      log,
      onPublished: () => this.#audience?.advance(scope),
    });
    await publication.load();
    this.#publications.set(scope, publication);
    // Instances may wait already, and what is stored may be what the source tells: then nothing new is published.
    this.#audience?.advance(scope);
    return publication;
  }

  async #takeReading(scope: Scope, reading: Reading): Promise<void> {
    const publication = this.#publications.get(scope) ?? (await this.#addPublication(scope));
    await publication.offer(reading);
  }
}
