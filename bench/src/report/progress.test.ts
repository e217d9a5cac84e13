import { Progress } from './progress.ts';

function linesOf(isTTY: boolean): string[] {
  const lines: string[] = [];
  const progress = new Progress({ isTTY, write: (line: string) => lines.push(line) > 0 });
  progress.load('a load');
  progress.warn('a warning');
  return lines;
}

test('a file gets lines without colour', () => {
  expect(linesOf(false)).toEqual(['   0s a load\n', '   0s   a warning\n']);
});

test('a terminal gets them coloured, and the colour ends with the line', () => {
  for (const line of linesOf(true)) {
    expect(line.startsWith('\u001b[')).toBe(true);
    expect(line.endsWith('\u001b[0m\n')).toBe(true);
  }
});
