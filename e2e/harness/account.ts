/** What a load's account must satisfy, with a message that names the failed requests. */
import type { Failure, LoadReport } from '../load/ledger.ts';

/** Throws unless every request has ended and none has failed. */
export function expectNothingLost(report: LoadReport): void {
  expectComplete(report);
  if (report.failed === 0) return;
  throw new Error(`${report.failed} of ${report.sent} requests failed: ${summary(report)}`);
}

/** Throws unless sent = ok + failed, with a reasonable number sent. */
export function expectComplete(report: LoadReport): void {
  const { sent, ok, failed, inFlight } = report;
  if (sent > 0 && inFlight === 0 && sent === ok + failed) return;
  throw new Error(`requests do not add up: ${JSON.stringify({ sent, ok, failed, inFlight })}`);
}

/** The figures of a run that every scenario shows. */
export function loadFigures({
  sent,
  ok,
  failed,
  latency,
  lateMs,
}: LoadReport): Record<string, number | string> {
  return {
    sent,
    ok,
    failed,
    p50: `${latency.p50}ms`,
    p99: `${latency.p99}ms`,
    max: `${latency.max}ms`,
    generatorLate: `${lateMs}ms`,
  };
}

export function summary(report: LoadReport): string {
  return `${JSON.stringify(report.failuresByKind)}\n${report.failures.slice(0, 12).map(failureLine).join('\n')}`;
}

export function failureLine({
  dueAt,
  elapsedMs,
  kind,
  detail,
  connection,
  before,
  method,
  slow,
  status,
  servedBy,
  reason,
}: Failure): string {
  const how = `${slow ? 'slow ' : ''}${method} on a ${connection} connection (${before} requests before)`;
  const answer = [status, reason, servedBy].filter((part) => part !== undefined).join(' ');
  return `  ${new Date(dueAt).toISOString()} +${elapsedMs} ms ${kind} ${answer}: ${how}: ${detail}`;
}
