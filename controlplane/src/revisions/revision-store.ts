/** The revisions of one scope on disk: a file each, named by sequence, never written twice. */
import { mkdir, readdir, readFile, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { ControlPlaneError, systemCode, systemReason } from '../errors.ts';
import { createDirectoryDurably, createDurably, TEMPORARY_PREFIX } from './durable-file.ts';
import {
  decodeRevision,
  encodeRevision,
  fileNameOf,
  type StoredRevision,
  sequenceOf,
} from './revision-file.ts';
import type { ScopeRevisions, StoreContent } from './revision-keeper.ts';

/** Revisions that are kept; also of those that could not be read. */
export const HISTORY_LIMIT = 10;
const ASIDE = 'unreadable';

export class RevisionStore implements ScopeRevisions {
  readonly #directory: string;
  #sequences: number[] = [];
  #highest = 0;

  constructor(directory: string) {
    this.#directory = directory;
  }

  /** Above it no sequence has ever been used, as far as file names tell. */
  get highestSequence(): number {
    return this.#highest;
  }

  /** Reads what is there, and moves aside what is damaged. Never rejects: what cannot be read is a problem. */
  async load(): Promise<StoreContent> {
    const content: StoreContent = { revisions: [], problems: [] };
    const names = await this.#list(this.#directory, content);
    const aside = await this.#list(path.join(this.#directory, ASIDE), content);
    for (const name of [...aside, ...names]) this.#highest = Math.max(this.#highest, sequenceOf(name) ?? 0);
    const sequences = names.map(sequenceOf).filter((sequence) => sequence !== undefined);
    for (const sequence of sequences.sort((a, b) => a - b).slice(-HISTORY_LIMIT)) {
      await this.#read(sequence, content);
    }
    this.#sequences = sequences;
    await this.#removeTemporary(names);
    return content;
  }

  /**
   * When it resolves, the revision survives a crash of process or machine.
   * Throws ControlPlaneError REVISION_TAKEN when another writer has used the sequence, or a system error.
   */
  async append(revision: StoredRevision): Promise<void> {
    const { sequence } = revision.id;
    await createDirectoryDurably(this.#directory);
    try {
      await createDurably(path.join(this.#directory, fileNameOf(sequence)), encodeRevision(revision));
    } catch (error) {
      if (systemCode(error) !== 'EEXIST') throw error;
      this.#highest = Math.max(this.#highest, sequence);
      throw new ControlPlaneError('REVISION_TAKEN', `sequence ${sequence}`);
    }
    this.#highest = Math.max(this.#highest, sequence);
    this.#sequences.push(sequence);
    await this.#prune();
  }

  async #list(directory: string, content: StoreContent): Promise<string[]> {
    try {
      return await readdir(directory);
    } catch (error) {
      if (systemCode(error) === 'ENOENT') return [];
      content.problems.push({ code: 'STORE_UNREADABLE', file: directory, detail: systemReason(error) });
      return [];
    }
  }

  async #read(sequence: number, content: StoreContent): Promise<void> {
    const file = path.join(this.#directory, fileNameOf(sequence));
    try {
      content.revisions.push(decodeRevision(await readFile(file, 'utf8'), sequence));
    } catch (error) {
      if (error instanceof ControlPlaneError) {
        content.problems.push({ code: error.code, file, detail: error.message, sequence });
        await this.#moveAside(sequence);
      } else {
        content.problems.push({ code: 'STORE_UNREADABLE', file, detail: systemReason(error), sequence });
      }
    }
  }

  /** It keeps its name, and with it the memory that the sequence was used. */
  async #moveAside(sequence: number): Promise<void> {
    const aside = path.join(this.#directory, ASIDE);
    const name = fileNameOf(sequence);
    try {
      await mkdir(aside, { recursive: true });
      await rename(path.join(this.#directory, name), path.join(aside, name));
      await removeOldest(
        aside,
        (await readdir(aside)).map(sequenceOf).filter((kept) => kept !== undefined),
      );
    } catch {
      // It stays where it is, as on a read-only disk, and is found unreadable again next time.
    }
  }

  /** What a crash between writing and naming left. */
  async #removeTemporary(names: string[]): Promise<void> {
    for (const name of names.filter((name) => name.startsWith(TEMPORARY_PREFIX))) {
      await rm(path.join(this.#directory, name), { force: true }).catch(() => undefined);
    }
  }

  async #prune(): Promise<void> {
    this.#sequences = await removeOldest(this.#directory, this.#sequences);
  }
}

/** Removes what is above the limit; what cannot be removed is tried again after the next revision. Gives what is left. */
async function removeOldest(directory: string, sequences: number[]): Promise<number[]> {
  const ordered = sequences.toSorted((a, b) => a - b);
  const left = ordered.slice(-HISTORY_LIMIT);
  for (const sequence of ordered.slice(0, -HISTORY_LIMIT)) {
    await rm(path.join(directory, fileNameOf(sequence)), { force: true }).catch(() => left.push(sequence));
  }
  return left;
}
