/** One file of the cache: gzip of a header line and a body line, replaced as a whole or not at all. */
import { hash } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';

/** Raised when an older program could no longer read the file. It is part of the file's name, so that both live side by side. */
export const CACHE_FORMAT = 1;

/** What can be wrong with the cache; the reference documentation lists them from here. None of it ends the instance. */
export const CACHE_PROBLEMS = {
  Damaged: 'the file is cut off or altered; it is moved aside, and the next revision is cached anew',
  Foreign: 'the file belongs to another DataPlane; it is ignored and replaced by the next revision',
  NewerFormat: 'the file was written by a newer version; it is kept for that version and not used',
  Unreadable: 'the file or its directory cannot be read',
  Unwritable: 'the file cannot be written; the instance serves on and tries again',
} as const;

export type CacheProblem = keyof typeof CACHE_PROBLEMS;

export class CacheError extends Error {
  override readonly name = 'CacheError';
  readonly problem: CacheProblem;
  /** Format of the file, where it is a newer one. */
  readonly format: number | undefined;

  constructor(problem: CacheProblem, detail: string, options: { cause?: unknown; format?: number } = {}) {
    super(detail, { cause: options.cause });
    this.problem = problem;
    this.format = options.format;
  }
}

interface Header {
  format: number;
  dataPlane: string;
  /** SHA-256 of the body line, 64 hexadecimal digits. */
  digest: string;
}

const MAX_FILE_BYTES = 64 * 1024 * 1024;
const MAX_TEXT_BYTES = 256 * 1024 * 1024;
const FILE_MODE = 0o600;
const DIRECTORY_MODE = 0o700;

const compress = promisify(gzip);
const decompress = promisify(gunzip);

export class CacheFile {
  readonly path: string;
  readonly #dataPlane: string;

  constructor(path: string, dataPlane: string) {
    this.path = path;
    this.#dataPlane = dataPlane;
  }

  /** The body, or undefined where there is no file. Throws CacheError. */
  async read(): Promise<unknown> {
    const bytes = await this.#readBytes();
    if (bytes === undefined) return undefined;
    const [header, body] = splitLines(await inflate(bytes));
    this.#checkHeader(header, body);
    return parse(body);
  }

  /** Afterwards the new content is on the disk, whatever happens to process and machine; before, the old. Throws CacheError. */
  async write(body: unknown): Promise<void> {
    const text = JSON.stringify(body);
    const header: Header = { format: CACHE_FORMAT, dataPlane: this.#dataPlane, digest: digest(text) };
    try {
      await this.#replace(await compress(`${JSON.stringify(header)}\n${text}`));
    } catch (cause) {
      throw new CacheError('Unwritable', messageOf(cause), { cause });
    }
  }

  async moveTo(path: string): Promise<void> {
    await rename(this.path, path);
  }

  async #readBytes(): Promise<Buffer | undefined> {
    let file: FileHandle;
    try {
      // Not blocking: a pipe of that name would otherwise hold the instance up for ever.
      file = await open(this.path, constants.O_RDONLY | constants.O_NONBLOCK);
    } catch (cause) {
      if (codeOf(cause) === 'ENOENT') return undefined;
      throw new CacheError('Unreadable', messageOf(cause), { cause });
    }
    try {
      return await readBounded(file);
    } catch (cause) {
      if (cause instanceof CacheError) throw cause;
      throw new CacheError('Unreadable', messageOf(cause), { cause });
    } finally {
      await file.close();
    }
  }

  #checkHeader(line: string, body: string): void {
    const header = parse(line) as Partial<Header> | null;
    const format = Number(header?.format);
    if (Number.isSafeInteger(format) && format > CACHE_FORMAT)
      throw new CacheError('NewerFormat', `format ${format}`, { format });
    if (format !== CACHE_FORMAT) throw new CacheError('Damaged', 'no header of a known format');
    if (header?.dataPlane !== this.#dataPlane) throw new CacheError('Foreign', `of ${header?.dataPlane}`);
    if (header.digest !== digest(body))
      throw new CacheError('Damaged', 'the content does not have its digest');
  }

  async #replace(bytes: Buffer): Promise<void> {
    const directory = dirname(this.path);
    const temporary = `${this.path}.tmp`;
    await mkdir(directory, { recursive: true, mode: DIRECTORY_MODE });
    // One may be left by a killed predecessor.
    await rm(temporary, { force: true });
    try {
      await writeDurably(temporary, bytes);
      await rename(temporary, this.path);
    } catch (error) {
      // On a full disk the torn file would take the room that the next try needs.
      await rm(temporary, { force: true }).catch(() => {});
      throw error;
    }
    await syncDirectory(directory);
  }
}

async function readBounded(file: FileHandle): Promise<Buffer> {
  const stat = await file.stat();
  if (!stat.isFile()) throw new CacheError('Unreadable', 'it is not a regular file');
  if (stat.size > MAX_FILE_BYTES) throw new CacheError('Damaged', `more than ${MAX_FILE_BYTES} bytes`);
  return await file.readFile();
}

async function inflate(bytes: Buffer): Promise<string> {
  try {
    return (await decompress(bytes, { maxOutputLength: MAX_TEXT_BYTES })).toString();
  } catch (cause) {
    throw new CacheError('Damaged', messageOf(cause), { cause });
  }
}

function splitLines(text: string): [header: string, body: string] {
  const end = text.indexOf('\n');
  if (end === -1) throw new CacheError('Damaged', 'it has no header');
  return [text.slice(0, end), text.slice(end + 1)];
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new CacheError('Damaged', 'it is not JSON', { cause });
  }
}

async function writeDurably(path: string, bytes: Buffer): Promise<void> {
  const file = await open(path, 'wx', FILE_MODE);
  try {
    await file.writeFile(bytes);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Without it the new name may be missing after a power cut. */
async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

function digest(text: string): string {
  return hash('sha256', text, 'hex');
}

function codeOf(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException).code;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
