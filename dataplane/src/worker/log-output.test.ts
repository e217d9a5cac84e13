import { closeSync, mkdtempSync, openSync, readFileSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLogOutput } from './log-output.ts';

const LINE = `${'x'.repeat(99)}\n`;

test('to a file, lines go in large writes: each of them costs as much as several requests', () => {
  const path = join(mkdtempSync(join(tmpdir(), 'holdfast-log-')), 'log');
  const fd = openSync(path, 'a');
  const output = createLogOutput(fd);
  for (let line = 0; line < 160; line++) output.stream.write(LINE);
  expect(statSync(path).size).toBe(0);
  for (let line = 160; line < 200; line++) output.stream.write(LINE);
  output.close();
  expect(readFileSync(path, 'utf8')).toBe(LINE.repeat(200));
  closeSync(fd);
});
