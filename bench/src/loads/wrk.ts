/** wrk as the closed-loop generator: so many connections, each sending as fast as it is answered. */
import { fileURLToPath } from 'node:url';
import { BenchError } from '../errors.ts';
import { outputOf } from '../processes/output.ts';
import type { ClosedLoad, LoadAccount } from './saturation.ts';

export interface WrkPlan {
  connections: number;
  /** A connection a request. */
  close: boolean;
  /** Size of the body that each answer must have. */
  bodyBytes: number;
}

interface Account extends LoadAccount {
  bytes: number;
  failed: number;
  refused: number;
}

const SCRIPT = fileURLToPath(new URL('./wrk.lua', import.meta.url));
const SLACK_MS = 20_000;

/** Rejects when any request failed: who drops or refuses is not fast. */
export function wrk({ connections, close, bodyBytes }: WrkPlan): ClosedLoad {
  return async ({ name, port, services }, seconds) => {
    const args = ['-t1', `-c${connections}`, `-d${seconds}s`, '--timeout', '10s', '-s', SCRIPT];
    args.push(`http://127.0.0.1:${port}`, '--', String(services), close ? 'close' : 'keep');
    const output = await outputOf('wrk', args, seconds * 1_000 + SLACK_MS);
    const line = output.split('\n').find((candidate) => candidate.startsWith('{'));
    if (line === undefined) throw new BenchError('LoadFailed', `wrk gave no account:\n${output}`);
    const { failed, refused, bytes, ...account } = JSON.parse(line) as Account;
    const { requests } = account;
    if (requests === 0 || failed > 0 || refused > 0)
      throw new BenchError(
        'ContenderFailed',
        `${name}: of ${requests} requests ${failed} failed and ${refused} were refused`,
      );
    if (bytes < requests * bodyBytes)
      throw new BenchError(
        'ContenderFailed',
        `${name}: ${requests} answers, not all with ${bodyBytes} bytes`,
      );
    return account;
  };
}
