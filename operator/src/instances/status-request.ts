/** One question to one pod's status API: bounded in time and size, and no redirect is followed. */
import { get } from 'node:http';
import { Deadline } from '@holdfast/kube/client/deadline.ts';

export interface StatusRequest {
  /** An IP address. */
  host: string;
  port: number;
  /** For the whole answer, milliseconds. */
  timeoutMs: number;
  signal: AbortSignal;
}

const MAX_ANSWER_BYTES = 256 * 1024;

/** The body of a 200 or a 503, which both are status documents. Rejects otherwise. */
export async function askStatus({ host, port, timeoutMs, signal }: StatusRequest): Promise<string> {
  const deadline = new Deadline(timeoutMs, signal);
  try {
    return await answerOf(host, port, deadline.signal);
  } finally {
    deadline.end();
  }
}

function answerOf(host: string, port: number, signal: AbortSignal): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  // A kept connection would hide that a node is gone: to connect is part of what is asked.
  const request = get({ host, port, path: '/status', agent: false, signal }, (response) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    if (response.statusCode !== 200 && response.statusCode !== 503) {
      request.destroy(new Error(`answered ${response.statusCode}`));
    }
    response.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      chunks.push(chunk);
      if (bytes > MAX_ANSWER_BYTES) request.destroy(new Error(`more than ${MAX_ANSWER_BYTES} bytes`));
    });
    response.on('end', () => resolve(Buffer.concat(chunks).toString()));
    response.on('error', reject);
  });
  request.on('error', reject);
  return promise;
}
