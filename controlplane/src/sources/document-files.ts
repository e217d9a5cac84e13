/** Lists and reads the document files of a source: one file for every DataPlane, or a directory with files for each. */
import { type BigIntStats, constants } from 'node:fs';
import { type FileHandle, open, readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import type { ConfigurationProblem } from '@holdfast/protocol/configuration/types.ts';
import { DATA_PLANE_EXPECTED, isDataPlane } from '@holdfast/protocol/values/name.ts';
import { systemCode, systemReason } from '../errors.ts';
import type { ListedFile, Listing, Scan } from './listing.ts';
import { EVERY_DATA_PLANE } from './source.ts';

const DOCUMENT_FILE = /^(?!\.)(.+)\.(?:yaml|yml|json)$/;
/** Bytes of one file; a configuration of 50,000 routes has some 10 MB. */
export const MAX_FILE_BYTES = 16 * 1024 * 1024;
/** Files of one DataPlane. */
export const MAX_FILES = 1_000;
const FILE_EXPECTED = 'a file that can be read';

/** True where the path names a file by its ending, whether it exists or not; anything else is a directory. */
export function namesDocumentFile(name: string): boolean {
  return DOCUMENT_FILE.test(path.basename(name));
}

/** Never rejects. */
export function scanSource(root: string): Promise<Scan> {
  return namesDocumentFile(root) ? scanFile(root) : scanDirectory(root);
}

async function scanFile(file: string): Promise<Scan> {
  const listing: Listing = { files: [], problems: [] };
  try {
    await listFile(listing, file, path.basename(file));
  } catch (error) {
    if (systemCode(error) !== 'ENOENT')
      listing.problems.push(unreadable(path.basename(file), FILE_EXPECTED, error));
  }
  return { scopes: new Map([[EVERY_DATA_PLANE, listing]]), unknown: [] };
}

/** Reads ROOT/NAMESPACE/NAME.yaml and ROOT/NAMESPACE/NAME/*.yaml. */
async function scanDirectory(root: string): Promise<Scan> {
  const scan: Scan = { scopes: new Map(), unknown: [] };
  const namespaces = await entriesOf(scan, root, '');
  for (const namespace of namespaces) {
    if (DOCUMENT_FILE.test(namespace)) scan.scopes.set(namespace, misplaced(namespace));
    else await scanNamespace(scan, path.join(root, namespace), namespace);
  }
  return scan;
}

/** Passed over without a word, it would leave its author waiting for a change that never comes. */
function misplaced(file: string): Listing {
  const expected = 'documents in NAMESPACE/NAME.yaml or NAMESPACE/NAME/';
  return {
    files: [],
    problems: [{ source: file, pointer: '', expected, found: 'a file beside the namespaces' }],
  };
}

async function scanNamespace(scan: Scan, directory: string, namespace: string): Promise<void> {
  for (const entry of await entriesOf(scan, directory, `${namespace}/`)) {
    const name = DOCUMENT_FILE.exec(entry)?.[1];
    const found: Listing = { files: [], problems: [] };
    const list = name === undefined ? listDirectory : listFile;
    try {
      await list(found, path.join(directory, entry), `${namespace}/${entry}`);
    } catch (error) {
      if (systemCode(error) === 'ENOTDIR') continue;
      // Also where it does not exist: it was listed, so it is a symbolic link that leads nowhere, or about to change.
      found.problems.push(unreadable(`${namespace}/${entry}`, FILE_EXPECTED, error));
    }
    addListing(scan, `${namespace}/${name ?? entry}`, found);
  }
}

/** What cannot be listed is unknown, which is not the same as empty. */
async function entriesOf(scan: Scan, directory: string, prefix: string): Promise<string[]> {
  try {
    return await visibleEntries(directory);
  } catch (error) {
    if (prefix !== '' && systemCode(error) === 'ENOTDIR') return [];
    scan.unknown.push({ prefix, problem: unreadable(directory, 'a directory that can be read', error) });
    return [];
  }
}

function addListing(scan: Scan, scope: string, found: Listing): void {
  if (found.files.length + found.problems.length === 0) return;
  const listing = scan.scopes.get(scope) ?? { files: [], problems: [] };
  listing.files.push(...found.files);
  listing.problems.push(...found.problems);
  if (!isDataPlane(scope)) {
    listing.problems = [{ source: scope, pointer: '', expected: DATA_PLANE_EXPECTED, found: scope }];
  }
  scan.scopes.set(scope, listing);
}

async function listDirectory(listing: Listing, directory: string, source: string): Promise<void> {
  const names = (await visibleEntries(directory)).filter((name) => DOCUMENT_FILE.test(name));
  if (names.length > MAX_FILES) {
    const expected = `at most ${MAX_FILES} files`;
    listing.problems.push({ source, pointer: '', expected, found: `${names.length} files` });
    return;
  }
  for (const name of names) {
    try {
      await listFile(listing, path.join(directory, name), `${source}/${name}`);
    } catch (error) {
      listing.problems.push(unreadable(`${source}/${name}`, FILE_EXPECTED, error));
    }
  }
}

async function listFile(listing: Listing, file: string, source: string): Promise<void> {
  const stats = await stat(file, { bigint: true });
  if (!stats.isFile()) {
    listing.problems.push({ source, pointer: '', expected: 'a regular file', found: 'something else' });
  } else if (stats.size > MAX_FILE_BYTES) {
    const expected = `at most ${MAX_FILE_BYTES} bytes`;
    listing.problems.push({ source, pointer: '', expected, found: `${stats.size} bytes` });
  } else {
    listing.files.push({ path: file, source, fingerprint: fingerprint(stats), size: Number(stats.size) });
  }
}

/** With ctime, since a copy may set size and mtime to those of the file before it. */
function fingerprint(stats: BigIntStats): string {
  return [stats.dev, stats.ino, stats.size, stats.mtimeNs, stats.ctimeNs].join(' ');
}

export type FileContent =
  | { kind: 'text'; text: string }
  /** It changed since it was listed. */
  | { kind: 'moved' }
  | { kind: 'unreadable'; problem: ConfigurationProblem };

/** The text of a file, exactly as it was listed: compared before and after reading. Never rejects. */
export async function readListedFile(file: ListedFile): Promise<FileContent> {
  let handle: FileHandle | undefined;
  try {
    // Not blocking, since a named pipe put there meanwhile would hold a thread for ever.
    handle = await open(file.path, constants.O_RDONLY | constants.O_NONBLOCK);
    const text = await readExactly(handle, file.size);
    if (text === undefined || fingerprint(await stat(file.path, { bigint: true })) !== file.fingerprint)
      return { kind: 'moved' };
    return decode(file, text);
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return { kind: 'moved' };
    return { kind: 'unreadable', problem: unreadable(file.source, FILE_EXPECTED, error) };
  } finally {
    await handle?.close();
  }
}

function decode(file: ListedFile, bytes: Buffer): FileContent {
  try {
    return { kind: 'text', text: new TextDecoder('utf-8', { fatal: true }).decode(bytes) };
  } catch {
    const problem = { source: file.source, pointer: '', expected: 'UTF-8 text', found: 'other bytes' };
    return { kind: 'unreadable', problem };
  }
}

/** Undefined where the file is shorter; what it is longer shows in its fingerprint. */
async function readExactly(handle: FileHandle, size: number): Promise<Buffer | undefined> {
  const buffer = Buffer.alloc(size);
  for (let filled = 0; filled < size; ) {
    const { bytesRead } = await handle.read(buffer, filled, size - filled, filled);
    if (bytesRead === 0) return undefined;
    filled += bytesRead;
  }
  return buffer;
}

/** Without what begins with a dot: editors' files, and the `..data` of a mounted ConfigMap. */
async function visibleEntries(directory: string): Promise<string[]> {
  const entries = await readdir(directory);
  return entries.filter((entry) => !entry.startsWith('.')).sort();
}

function unreadable(source: string, expected: string, error: unknown): ConfigurationProblem {
  return { source, pointer: '', expected, found: systemReason(error) };
}
