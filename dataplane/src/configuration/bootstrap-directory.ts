/**
 * The bootstrap directory: parts of a bootstrap as a mounted Secret brings them, looked at until the instance has a revision.
 *
 * Nothing that is wrong with it is fatal: an instance with a broken bootstrap serves what disk or stream bring.
 */
import type { BigIntStats } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import {
  BOOTSTRAP_PARTS,
  MAX_PART_BYTES,
  partName,
  type Reader,
  unpackBootstrap,
} from '@holdfast/protocol/bootstrap/bootstrap.ts';
import { BootstrapError, type BootstrapProblem } from '@holdfast/protocol/bootstrap/bootstrap-error.ts';
import type { Fact } from '@holdfast/protocol/facts/facts.ts';
import type { Revision } from '@holdfast/protocol/revision/revision.ts';

export interface BootstrapDirectoryOptions extends Reader {
  directory: string;
  /** Called when something is wrong that was not, or other than, at the look before. */
  onProblem(problem: BootstrapProblem, directory: string, detail: string): void;
}

export interface BootstrapContent {
  revision: Revision;
  facts: Fact[];
}

const PART_NAMES = Array.from({ length: BOOTSTRAP_PARTS }, (_, index) => partName(index));
const MAX_FILE_BYTES = MAX_PART_BYTES + 64 * 1024;

export class BootstrapDirectory {
  readonly #options: BootstrapDirectoryOptions;
  /** The files as they were at the last look: the same ones are not read again. */
  #seen = '';
  #said = '';

  constructor(options: BootstrapDirectoryOptions) {
    this.#options = options;
  }

  /** What is there, whole and undamaged, unless it was there before already. Never rejects. */
  async look(): Promise<BootstrapContent | undefined> {
    try {
      return await this.#read();
    } catch (error) {
      this.#say(asBootstrapError(error));
      return undefined;
    }
  }

  async #read(): Promise<BootstrapContent | undefined> {
    const paths = PART_NAMES.map((name) => join(this.#options.directory, name));
    const stats = await Promise.all(paths.map(statIfThere));
    const seen = stats.map(fingerprintOf).join();
    if (seen === this.#seen) return undefined;
    for (const found of stats) check(found);
    const parts = await Promise.all(
      paths.map((path, index) => (stats[index] === undefined ? undefined : readFile(path))),
    );
    this.#seen = seen;
    if (parts.every((part) => part === undefined)) return undefined;
    const content = await unpackBootstrap(parts, this.#options);
    this.#said = '';
    return content;
  }

  #say({ problem, message }: BootstrapError): void {
    const said = `${problem} ${message}`;
    if (said === this.#said) return;
    this.#said = said;
    this.#options.onProblem(problem, this.#options.directory, message);
  }
}

/** Undefined where there is none: the Secrets come with the first revision, and most have one part. */
async function statIfThere(path: string): Promise<BigIntStats | undefined> {
  try {
    return await stat(path, { bigint: true });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

function fingerprintOf(stats: BigIntStats | undefined): string {
  return `${stats?.dev} ${stats?.ino} ${stats?.size} ${stats?.mtimeNs}`;
}

/** Before it is opened: a pipe of that name would hold the look up for ever. */
function check(stats: BigIntStats | undefined): void {
  if (stats === undefined) return;
  if (!stats.isFile()) throw new BootstrapError('Unreadable', 'a part is not a regular file');
  if (stats.size > MAX_FILE_BYTES) throw new BootstrapError('Damaged', `a part has ${stats.size} bytes`);
}

function asBootstrapError(error: unknown): BootstrapError {
  if (error instanceof BootstrapError) return error;
  return new BootstrapError('Unreadable', (error as Error).message, { cause: error });
}
