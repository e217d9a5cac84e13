/** The table of a load at saturation: a line a contender, with ratios to plain nginx. */
import type { Contender } from '../contenders/contender.ts';
import { NGINX } from '../contenders/nginx.ts';
import type { LoadReport } from '../report/load-report.ts';
import type { Saturation } from './saturation.ts';

const COLUMNS = [
  'contender',
  'CPU us',
  'user',
  'system',
  'x nginx',
  'requests/s',
  'x nginx',
  'p50 ms',
  'p99 ms',
  'core used',
];

export function saturationTable(
  contenders: readonly Contender[],
  medians: ReadonlyMap<string, Saturation>,
): Pick<LoadReport, 'columns' | 'rows'> {
  const nginx = medians.get(NGINX.name)!;
  const rows = contenders.map(({ name, title }) => {
    const { cpuUs, userUs, systemUs, requestsPerSecond, p50Us, p99Us, busy } = medians.get(name)!;
    return [
      title,
      ...[cpuUs, userUs, systemUs].map((us) => us.toFixed(1)),
      (cpuUs / nginx.cpuUs).toFixed(2),
      String(Math.round(requestsPerSecond)),
      (requestsPerSecond / nginx.requestsPerSecond).toFixed(2),
      ...[p50Us, p99Us].map((us) => (us / 1_000).toFixed(2)),
      `${Math.round(busy * 100)} %`,
    ];
  });
  return { columns: COLUMNS, rows };
}
