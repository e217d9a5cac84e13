import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { tokenFileProblem } from './token-file.ts';

test('I7: a token file that everybody can read is said, and one that is not there', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'holdfast-token-'));
  const file = join(directory, 'token');
  try {
    expect(await tokenFileProblem(file)).toBe('the token file cannot be read: ENOENT');
    await writeFile(file, 'secret');
    await chmod(file, 0o644);
    expect(await tokenFileProblem(file)).toContain('every user');
    await chmod(file, 0o640);
    expect(await tokenFileProblem(file)).toBeUndefined();
  } finally {
    await rm(directory, { recursive: true });
  }
});
