/** The source `file`: reads documents from a file or a directory, watches them, and tells each change as a whole. */
import type { SourceDocument } from '@holdfast/protocol/configuration/documents.ts';
import type { Logger } from 'pino';
import { readListedFile, scanSource } from './document-files.ts';
import { parseDocuments } from './document-parser.ts';
import type { ListedFile, Listing, Scan } from './listing.ts';
import { Settling, UNTERMINATED_SETTLE_MS } from './settling.ts';
import { type Reading, readingOf, type Scope } from './source.ts';

/** Polled, not watched: inotify tells nothing about network file systems, symlinked targets and re-made directories. */
const POLL_MS = 250;
/** While a scope settles. */
const MOVING_POLL_MS = 50;
/** More for each file, so that looking at many takes a few percent of one CPU at most. */
const POLL_MS_PER_FILE = 1;

export interface FileSourceOptions {
  /** A file that ends in .yaml, .yml or .json, or a directory. */
  path: string;
  /** Scopes that are published already: where their documents are missing, that is told as `absent`. */
  expected: Iterable<Scope>;
  /** Called with each new state of a scope; awaited before the next look. */
  onReading(scope: Scope, reading: Reading): Promise<void>;
  log: Logger;
}

export class FileSource {
  readonly #options: FileSourceOptions;
  readonly #expected: ReadonlySet<Scope>;
  readonly #scopes = new Map<Scope, Settling>();
  readonly #firstRound = Promise.withResolvers<void>();
  readonly #stop = new AbortController();
  #synced = false;
  #problem = '';
  #loop: Promise<void> = Promise.resolve();

  constructor(options: FileSourceOptions) {
    this.#options = options;
    this.#expected = new Set(options.expected);
    for (const scope of this.#expected) this.#scopes.set(scope, new Settling());
  }

  /** True once every scope has been read or found absent. */
  get synced(): boolean {
    return this.#synced;
  }

  /** Resolves when everything that is there has been told once, or the source turned out to be unreadable. */
  start(): Promise<void> {
    this.#loop = this.#run();
    return this.#firstRound.promise;
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#loop;
  }

  async #run(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      const pauseMs = await this.#round().catch((error: unknown) => {
        this.#options.log.error({ err: error }, 'the source could not be looked at; trying again');
        return POLL_MS;
      });
      await this.#pause(pauseMs);
    }
    this.#firstRound.resolve();
  }

  /** Looks at every scope once; gives the milliseconds until the next look. */
  async #round(): Promise<number> {
    const scan = await scanSource(this.#options.path);
    this.#tellUnknown(scan);
    for (const scope of scan.scopes.keys()) {
      if (!this.#scopes.has(scope)) this.#scopes.set(scope, new Settling());
    }
    this.#forgetPassing(scan);
    let moving = false;
    for (const [scope, settling] of this.#scopes) {
      if ((await this.#look(scope, settling, listingIn(scan, scope))) === 'moving') moving = true;
    }
    const allRead = [...this.#scopes.values()].every((settling) => settling.everRead);
    if (allRead && scan.unknown.length === 0) this.#synced = true;
    if (allRead) this.#firstRound.resolve();
    return moving ? MOVING_POLL_MS : POLL_MS + filesIn(scan) * POLL_MS_PER_FILE;
  }

  /** An editor's file that came and went is no DataPlane that has lost its documents. */
  #forgetPassing(scan: Scan): void {
    for (const [scope, settling] of this.#scopes) {
      if (!settling.everRead && !this.#expected.has(scope) && isEmpty(listingIn(scan, scope)))
        this.#scopes.delete(scope);
    }
  }

  async #look(scope: Scope, settling: Settling, listing: Listing): Promise<'known' | 'moving'> {
    const now = performance.now();
    const state = settling.observe(listing, now);
    if (state !== 'settled') return state;
    const content = await readListing(listing, settling.quietFor(now) >= UNTERMINATED_SETTLE_MS);
    if (content === 'moved') return 'moving';
    await this.#options.onReading(scope, content.reading);
    settling.markRead(listing, performance.now(), content.transient);
    return 'known';
  }

  #tellUnknown(scan: Scan): void {
    const problem = scan.unknown.map(({ problem }) => `${problem.source}: ${problem.found}`).join('; ');
    if (problem !== '' && problem !== this.#problem) {
      this.#options.log.error({ problem }, 'the source cannot be read: what is published stays as it is');
    }
    this.#problem = problem;
  }

  #pause(milliseconds: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const { signal } = this.#stop;
    if (signal.aborted) return Promise.resolve();
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, milliseconds);
    signal.addEventListener('abort', end);
    return promise;
  }
}

function listingIn(scan: Scan, scope: Scope): Listing {
  const listing = scan.scopes.get(scope) ?? { files: [], problems: [] };
  const problems = scan.unknown
    .filter(({ prefix }) => scope.startsWith(prefix))
    .map(({ problem }) => problem);
  return { files: listing.files, problems: [...listing.problems, ...problems] };
}

function isEmpty({ files, problems }: Listing): boolean {
  return files.length + problems.length === 0;
}

function filesIn({ scopes }: Scan): number {
  return [...scopes.values()].reduce((sum, listing) => sum + listing.files.length, 0);
}

interface ListingContent {
  reading: Reading;
  /** It may read otherwise without any sign of change, as after a failing disk. */
  transient: boolean;
}

/** Reads all or nothing; `moved` where a file has changed since or, unless `mayBeUnterminated`, ends in the middle of a line. */
async function readListing(listing: Listing, mayBeUnterminated: boolean): Promise<ListingContent | 'moved'> {
  const problems = [...listing.problems];
  const documents: SourceDocument[] = [];
  let transient = false;
  for (const file of listing.files) {
    const content = await readListedFile(file);
    if (content.kind === 'moved') return 'moved';
    if (content.kind === 'unreadable') {
      problems.push(content.problem);
      transient = true;
      continue;
    }
    if (!mayBeUnterminated && isUnterminated(file, content.text)) return 'moved';
    const parsed = await parseDocuments(file.source, content.text);
    documents.push(...parsed.documents);
    problems.push(...parsed.problems);
  }
  return { reading: readingOf(documents, problems), transient };
}

/** JSON that is cut off does not parse, so only YAML can deceive. */
function isUnterminated(file: ListedFile, text: string): boolean {
  return !file.path.endsWith('.json') && !text.endsWith('\n');
}
