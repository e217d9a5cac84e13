/** Writes files so that they are complete or not there, whatever dies meanwhile: the process, or the machine. */
import { randomUUID } from 'node:crypto';
import { link, mkdir, open, rm } from 'node:fs/promises';
import path from 'node:path';

export const TEMPORARY_PREFIX = '.tmp-';

/** Creates a file that must not exist (EEXIST otherwise); when it resolves, content and name have reached the disk. */
export async function createDurably(file: string, content: string): Promise<void> {
  const directory = path.dirname(file);
  const temporary = path.join(directory, `${TEMPORARY_PREFIX}${randomUUID()}`);
  try {
    await writeSynced(temporary, content);
    // link, unlike rename, never replaces: two writers cannot both win the name.
    await link(temporary, file);
    await syncDirectory(directory);
  } finally {
    await rm(temporary, { force: true }).catch(() => undefined);
  }
}

/** Creates a directory with those above it. */
export async function createDirectoryDurably(directory: string): Promise<void> {
  const first = await mkdir(directory, { recursive: true });
  if (first === undefined) return;
  for (
    let current = directory;
    current.length >= path.dirname(first).length;
    current = path.dirname(current)
  ) {
    await syncDirectory(current);
    if (current === path.dirname(current)) return;
  }
}

async function writeSynced(file: string, content: string): Promise<void> {
  const handle = await open(file, 'wx', 0o600);
  try {
    await handle.writeFile(content);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
