/**
 * The cache directory: the last good revision and the facts, for a start without a control plane.
 *
 * Nothing that is wrong with it is fatal: an instance with a broken cache serves what the stream brings.
 */
import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Resource, ResourceKey } from '@holdfast/protocol/configuration/types.ts';
import { FACT_KINDS, type Fact } from '@holdfast/protocol/facts/facts.ts';
import { hashResources } from '@holdfast/protocol/revision/hash.ts';
import { resourceSet } from '@holdfast/protocol/revision/resource-set.ts';
import type { Revision, RevisionId } from '@holdfast/protocol/revision/revision.ts';
import { Backoff } from './backoff.ts';
import { CACHE_FORMAT, CacheError, CacheFile, type CacheProblem } from './cache-file.ts';
import type { FactTable } from './fact-table.ts';
import { LatestWriter } from './latest-writer.ts';

export interface DiskCacheOptions {
  /** Made with mode 0700 if it is missing. */
  directory: string;
  /** `NAMESPACE/NAME`: a file of another one is not used. */
  dataPlane: string;
  /** Called for each failure; `first` is false for one that repeats the failure before it, so that it is said once. */
  onProblem(problem: CacheProblem, path: string, detail: string, first: boolean): void;
  /** Bounds of the wait before a failed write is tried again, milliseconds. */
  retry?: { firstMs: number; maxMs: number };
}

export interface Cached {
  revision?: Revision;
  facts?: Fact[];
}

interface RevisionBody {
  revision: RevisionId;
  resources: [ResourceKey, Resource][];
}

interface FactsBody {
  facts: Fact[];
}

type CachedPart = 'revision' | 'facts';

const RETRY = { firstMs: 2_000, maxMs: 60_000 };

export class DiskCache {
  readonly #options: DiskCacheOptions;
  readonly #files: Record<CachedPart, CacheFile>;
  readonly #writers: Record<CachedPart, LatestWriter<unknown>>;
  /** An unusable directory is one trouble, however many files and tries meet it: it is said again only after it was over. */
  #directorySaid = false;
  /** Writes wait for it, or a good new file could be moved aside in the place of a damaged old one. */
  #reading: Promise<unknown> = Promise.resolve();

  constructor(options: DiskCacheOptions) {
    this.#options = options;
    this.#files = { revision: this.#file('revision'), facts: this.#file('facts') };
    this.#writers = { revision: this.#writer('revision'), facts: this.#writer('facts') };
  }

  /** What is there and undamaged; the revision's hash is verified. Never rejects. */
  read(): Promise<Cached> {
    const cached = this.#readAll();
    this.#reading = cached;
    return cached;
  }

  /** Settles when this revision, or a newer one given meanwhile, is on the disk, or a try has failed. Never rejects. */
  async writeRevision({ id, resources }: Revision): Promise<void> {
    await this.#reading;
    await this.#writers.revision.write((): RevisionBody => {
      return { revision: id, resources: Array.from(resources, ([key, { resource }]) => [key, resource]) };
    });
  }

  /** As `writeRevision`. */
  async writeFacts(facts: FactTable): Promise<void> {
    await this.#reading;
    await this.#writers.facts.write((): FactsBody => ({ facts: [...facts.values()] }));
  }

  /** Ends the retries, after what was given to be written. */
  async close(): Promise<void> {
    await this.#reading;
    await Promise.all([this.#writers.revision.close(), this.#writers.facts.close()]);
  }

  async #readAll(): Promise<Cached> {
    await this.#sayNewerFormats();
    const [revision, facts] = await Promise.all([
      this.#readPart('revision', readRevision),
      this.#readPart('facts', readFacts),
    ]);
    return { ...(revision && { revision }), ...(facts && { facts }) };
  }

  async #readPart<T>(part: CachedPart, interpret: (body: unknown) => T): Promise<T | undefined> {
    const file = this.#files[part];
    try {
      const body = await file.read();
      return body === undefined ? undefined : interpret(body);
    } catch (error) {
      const problem = asCacheError(error);
      this.#say(file, problem);
      await this.#putAside(file, part, problem);
      return undefined;
    }
  }

  /** A damaged file is kept for whoever looks into it; one of a newer format goes where its own version looks for it. */
  async #putAside(file: CacheFile, part: CachedPart, { problem, format }: CacheError): Promise<void> {
    try {
      if (problem === 'Damaged') await file.moveTo(`${file.path}.damaged`);
      if (problem === 'NewerFormat') await file.moveTo(this.#placeFor(part, format!));
    } catch {
      // A read-only directory: the file stays, and the next write says so.
    }
  }

  #placeFor(part: CachedPart, format: number): string {
    const path = this.#path(part, format);
    return existsSync(path) ? `${path}.other` : path;
  }

  /** After a rollback: the files of the newer version stay, and this one begins without. */
  async #sayNewerFormats(): Promise<void> {
    const names = await readdir(this.#options.directory).catch((): string[] => []);
    for (const name of names) {
      const format = Number(/^(?:revision|facts)\.v(\d{1,6})\.gz$/.exec(name)?.[1]);
      if (!(format > CACHE_FORMAT)) continue;
      const path = join(this.#options.directory, name);
      this.#options.onProblem('NewerFormat', path, `format ${format}`, true);
    }
  }

  #file(part: CachedPart): CacheFile {
    return new CacheFile(this.#path(part, CACHE_FORMAT), this.#options.dataPlane);
  }

  #path(part: CachedPart, format: number): string {
    return join(this.#options.directory, `${part}.v${format}.gz`);
  }

  #writer(part: CachedPart): LatestWriter<unknown> {
    const file = this.#files[part];
    return new LatestWriter({
      write: async (body) => {
        await file.write(body);
        this.#directorySaid = false;
      },
      onFailure: (error) => this.#say(file, asCacheError(error)),
      backoff: new Backoff(this.#options.retry ?? RETRY),
    });
  }

  #say({ path }: CacheFile, { problem, message }: CacheError): void {
    const ofDirectory = problem === 'Unreadable' || problem === 'Unwritable';
    const first = !(ofDirectory && this.#directorySaid);
    this.#directorySaid ||= ofDirectory;
    this.#options.onProblem(problem, path, message, first);
  }
}

function readRevision(body: unknown): Revision {
  const { revision: id, resources: entries } = body as RevisionBody;
  const resources = resourceSet(entries);
  if (hashResources(resources) !== id.hash)
    throw new CacheError('Damaged', 'the resources do not have the hash');
  return { id, resources };
}

/** Facts of kinds that came later are left out, as those of the stream are: a rollback must not end at them. */
function readFacts(body: unknown): Fact[] {
  return (body as FactsBody).facts.filter(({ kind }) => FACT_KINDS.has(kind));
}

/** A body of another form than this version writes fails anywhere; it is damage all the same. */
function asCacheError(error: unknown): CacheError {
  return error instanceof CacheError ? error : new CacheError('Damaged', String(error), { cause: error });
}
