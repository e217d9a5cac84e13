/** One request on a connection of its own, for looking at a program from outside. */
import { request } from 'node:http';

export interface Answer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  text: string;
}

export interface ProbeOptions {
  method?: string;
  headers?: Record<string, string>;
  body?: string;
  /** Default 5 s. */
  timeoutMs?: number;
}

/** Rejects when no complete response comes in time. */
export function probe(
  url: string,
  { method = 'GET', headers = {}, body, timeoutMs = 5_000 }: ProbeOptions = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const outgoing = request(url, { method, headers, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        clearTimeout(timer);
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          text: Buffer.concat(chunks).toString(),
        });
      });
    });
    const timer = setTimeout(
      () => outgoing.destroy(new Error(`no answer from ${url} within ${timeoutMs} ms`)),
      timeoutMs,
    );
    outgoing.on('error', (error) => {
      clearTimeout(timer);
      reject(error);
    });
    outgoing.end(body);
  });
}

/** The JSON body of a GET, whatever its status. */
export async function probeJson<Body>(url: string, options?: ProbeOptions): Promise<Body> {
  return JSON.parse((await probe(url, options)).text) as Body;
}
