/** Looks whether the token file keeps its secret. */
import { stat } from 'node:fs/promises';

/** One sentence on what is wrong with the file, or undefined. Never fatal: an instance with a cache serves without its control plane. */
export async function tokenFileProblem(file: string): Promise<string | undefined> {
  try {
    const { mode } = await stat(file);
    return (mode & 0o004) === 0
      ? undefined
      : 'the token file can be read by every user of the machine; take o+r away';
  } catch (error) {
    return `the token file cannot be read: ${(error as NodeJS.ErrnoException).code}`;
  }
}
