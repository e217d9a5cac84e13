/** A whole response that the gateway gives itself, before it is written to anything. */
import { STATUS_CODES } from 'node:http';
import { type ClientErrorCode, clientError } from './client-errors.ts';
import type { Fields } from './fields.ts';

export interface Answer {
  status: number;
  fields: Fields;
  body: Buffer;
}

const RETRY_AFTER_SECONDS = 1;

/** `accept`: the request's field; JSON unless it names text and no JSON. */
export function errorAnswer(code: ClientErrorCode, requestId: string, accept: string | undefined): Answer {
  const { status, description, retryable } = clientError(code);
  const text = accept?.includes('text/') === true && !accept.includes('json');
  const body = text
    ? `${status} ${code}: ${description}\nrequest id: ${requestId}\n`
    : `${JSON.stringify({ error: { code, message: description, requestId } })}\n`;
  const answer = wholeAnswer(status, requestId, body);
  answer.fields.push('Holdfast-Reason', code, 'Cache-Control', 'no-store');
  answer.fields.push('Content-Type', text ? 'text/plain; charset=utf-8' : 'application/json');
  if (retryable) answer.fields.push('Retry-After', String(RETRY_AFTER_SECONDS));
  return answer;
}

export function redirectAnswer(status: number, location: string, requestId: string): Answer {
  const answer = wholeAnswer(status, requestId, '');
  answer.fields.push('Location', location);
  return answer;
}

/** The answer as the last bytes of a connection that node:http has given away or given up. */
export function lastWords({ status, fields, body }: Answer): Buffer {
  const lines = [`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`, `Date: ${new Date().toUTCString()}`];
  for (let at = 0; at < fields.length; at += 2) lines.push(`${fields[at]}: ${fields[at + 1]}`);
  lines.push('Connection: close', '', '');
  return Buffer.concat([Buffer.from(lines.join('\r\n'), 'latin1'), body]);
}

function wholeAnswer(status: number, requestId: string, text: string): Answer {
  const body = Buffer.from(text);
  return { status, fields: ['Content-Length', String(body.length), 'X-Request-Id', requestId], body };
}
