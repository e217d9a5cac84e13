import type { LoadReport } from './load-report.ts';
import { renderFigures, renderReport } from './markdown.ts';

const LOAD: LoadReport = {
  title: 'A load',
  columns: ['contender', 'CPU'],
  rows: [['nginx', '10.0']],
  remarks: ['Mind the gap.'],
  figures: { documented: { value: 1.5 }, rate64k: { value: 0.95, aim: 0.97 } },
};

function lineOf(text: string, start: string): string {
  return text.split('\n').find((line) => line.startsWith(`| ${start}`))!;
}

test('a figure stands beside its bounds with the verdict', () => {
  expect(lineOf(renderFigures([LOAD]), '1 KB keep-alive')).toMatch(
    /\| <= 1\.60x +\| <= 1\.40x +\| 1\.50x +\| must reached/,
  );
});

test('an aim that is HAProxy’s is told as measured, or by name where it was not', () => {
  expect(lineOf(renderFigures([LOAD]), '64 KB')).toMatch(/>= 0\.97x \(HAProxy\) \| 0\.95x/);
  expect(lineOf(renderFigures([]), '64 KB')).toMatch(/HAProxy's +\| +\| not measured/);
});

test('the report has machine, figures, and each load with its remarks', () => {
  const text = renderReport([LOAD], [['cores', '2']]);
  expect(lineOf(text, 'cores')).toContain('2');
  expect(lineOf(text, 'nginx')).toContain('10.0');
  expect(text).toContain('## A load');
  expect(text.endsWith('Mind the gap.')).toBe(true);
});
