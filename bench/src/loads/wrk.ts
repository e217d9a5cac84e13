/** wrk as the closed-loop generator: so many connections, each sending as fast as it is answered. */
import { fileURLToPath } from 'node:url';
import { BenchError } from '../errors.ts';
import { outputOf } from '../processes/output.ts';

export interface WrkPlan {
  port: number;
  connections: number;
  seconds: number;
  /** Number of services that the paths rotate over. */
  services: number;
  /** A connection a request. */
  close: boolean;
  /** Size of the body that each answer must have. */
  bodyBytes: number;
}

export interface WrkReport {
  requests: number;
  seconds: number;
  p50Us: number;
  p99Us: number;
}

interface Account extends WrkReport {
  bytes: number;
  failed: number;
  refused: number;
}

const SCRIPT = fileURLToPath(new URL('./wrk.lua', import.meta.url));
const SLACK_MS = 20_000;

/** Rejects when any request failed: who drops or refuses is not fast. */
export async function runWrk(plan: WrkPlan): Promise<WrkReport> {
  const { port, connections, seconds, services, close, bodyBytes } = plan;
  const args = ['-t1', `-c${connections}`, `-d${seconds}s`, '--timeout', '10s', '-s', SCRIPT];
  args.push(`http://127.0.0.1:${port}`, '--', String(services), close ? 'close' : 'keep');
  const output = await outputOf('wrk', args, seconds * 1_000 + SLACK_MS);
  const line = output.split('\n').find((candidate) => candidate.startsWith('{'));
  if (line === undefined) throw new BenchError('LoadFailed', `wrk gave no account:\n${output}`);
  const { failed, refused, bytes, ...report } = JSON.parse(line) as Account;
  if (failed > 0 || refused > 0 || report.requests === 0)
    throw new BenchError(
      'ContenderFailed',
      `of ${report.requests} requests ${failed} failed and ${refused} were refused`,
    );
  if (bytes < report.requests * bodyBytes)
    throw new BenchError(
      'ContenderFailed',
      `${report.requests} answers had no body of ${bodyBytes} bytes each`,
    );
  return report;
}
