/** The table of a load at saturation: a line a contender, with ratios to plain nginx. */
import type { Contender } from '../contenders/contender.ts';
import { NGINX } from '../contenders/nginx.ts';
import type { LoadReport } from '../report/load-report.ts';
import { milliseconds, percent, ratio } from '../report/quantities.ts';
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
  'PSS MB',
];

export function saturationTable(
  contenders: readonly Contender[],
  medians: ReadonlyMap<string, Saturation>,
): Pick<LoadReport, 'columns' | 'rows'> {
  const nginx = medians.get(NGINX.name)!;
  const rows = contenders.map(({ name, title }) => {
    const { cpuUs, userUs, systemUs, requestsPerSecond, p50Us, p99Us, busy, megabytes } = medians.get(name)!;
    return [
      title,
      ...[cpuUs, userUs, systemUs].map((us) => us.toFixed(1)),
      ratio(cpuUs, nginx.cpuUs),
      String(Math.round(requestsPerSecond)),
      ratio(requestsPerSecond, nginx.requestsPerSecond),
      ...[p50Us, p99Us].map(milliseconds),
      percent(busy),
      megabytes.toFixed(0),
    ];
  });
  return { columns: COLUMNS, rows };
}
