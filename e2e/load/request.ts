/** Makes a request for the echoing backend and checks that the answer is the answer to it. */
import { createHash, randomBytes } from 'node:crypto';
import { type Echo, TOKEN_HEADER } from '../backends/echo.ts';
import type { Arrival } from './arrival.ts';
import type { LoadPlan } from './plan.ts';

export interface LoadRequest {
  bytes: Buffer;
  /** What is wrong with a body of the answer; undefined where it is right. */
  check(body: Buffer): string | undefined;
}

/** `seed` tells runs apart, so that an answer meant for another generator is noticed. */
export function makeRequest(plan: LoadPlan, arrival: Arrival, seed: string): LoadRequest {
  const token = `${seed}-${arrival.number}`;
  const body = arrival.method === 'POST' ? randomBytes(plan.postBytes) : Buffer.alloc(0);
  const lines = [
    `${arrival.method} ${plan.path}${arrival.slow ? `?delay=${plan.slowMs}` : ''} HTTP/1.1`,
    `Host: ${plan.host ?? plan.target.slice('http://'.length)}`,
    `${TOKEN_HEADER}: ${token}`,
  ];
  if (arrival.method === 'POST')
    lines.push('Content-Type: application/octet-stream', `Content-Length: ${body.length}`);
  if (arrival.connection === 'fresh') lines.push('Connection: close');
  const digest = createHash('sha256').update(body).digest('hex');
  return {
    bytes: Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'), body]),
    check: (answer) => wrongIn(answer, { token, method: arrival.method, bodySha256: digest }),
  };
}

function wrongIn(body: Buffer, expected: Pick<Echo, 'token' | 'method' | 'bodySha256'>): string | undefined {
  const echo = readEcho(body);
  if (echo === undefined) return `no echo: ${JSON.stringify(body.toString('utf8', 0, 120))}`;
  for (const field of ['token', 'method', 'bodySha256'] as const) {
    if (echo[field] !== expected[field]) return `${field}: expected ${expected[field]}, found ${echo[field]}`;
  }
  return undefined;
}

function readEcho(body: Buffer): Partial<Echo> | undefined {
  try {
    const value: unknown = JSON.parse(body.toString('utf8'));
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}
