/** Where things stand in the checkout. */
import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..', '..');

/** A path given from the top of the checkout. */
export function repositoryPath(path: string): string {
  return join(ROOT, path);
}

/** A folder under `.work/`, which git ignores; made when it is missing. */
export function workDirectory(name: string): string {
  const directory = join(ROOT, '.work', name);
  mkdirSync(directory, { recursive: true });
  return directory;
}
