/** The report as Markdown, which is also readable on a terminal. */
import {
  FIGURES,
  type Figure,
  type FigureName,
  judge,
  type Measured,
  type MeasuredFigures,
} from './figures.ts';
import type { LoadReport } from './load-report.ts';

export function renderReport(
  loads: readonly LoadReport[],
  machine: readonly (readonly [string, string])[],
): string {
  return [
    '# Results',
    'Written by `make bench`; [NOTES.md](NOTES.md) says how it is measured and how to read it.',
    table(['', ''], machine),
    '## Figures to reach',
    renderFigures(loads),
    ...loads.flatMap(renderLoad),
    '',
  ]
    .join('\n\n')
    .trimEnd();
}

/** The table of figures with what this run measured. */
export function renderFigures(loads: readonly LoadReport[]): string {
  const measured: MeasuredFigures = Object.assign({}, ...loads.map(({ figures }) => figures));
  const rows = Object.entries(FIGURES).map(([name, figure]) =>
    figureRow(figure, measured[name as FigureName]),
  );
  return table(['load', 'must', 'aim', 'measured', ''], rows);
}

export function renderLoad({ title, columns, rows, remarks }: LoadReport): string[] {
  return [`## ${title}`, table(columns, rows), ...remarks];
}

function figureRow(figure: Figure, measured: Measured | undefined): string[] {
  const { load, better, must, unit } = figure;
  const bound = (value: number): string => `${better === 'less' ? '<=' : '>='} ${quantity(value, unit)}`;
  const aim = measured?.aim ?? figure.aim;
  return [
    load,
    bound(must),
    aim === undefined ? "HAProxy's" : `${bound(aim)}${figure.aim === undefined ? ' (HAProxy)' : ''}`,
    measured === undefined ? '' : quantity(measured.value, unit),
    judge(figure, measured),
  ];
}

function quantity(value: number, unit: Figure['unit']): string {
  if (unit === 'x') return `${value.toFixed(2)}x`;
  return `${value.toFixed(1)} ${unit}`;
}

/** Columns padded, so that it reads well without a renderer too. */
function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = header.map((_, column) =>
    Math.max(3, ...[header, ...rows].map((row) => row[column]!.length)),
  );
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column]!)).join(' | ')} |`;
  return [line(header), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join('\n');
}
