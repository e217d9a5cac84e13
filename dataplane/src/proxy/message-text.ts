/** The text of the heads that the gateway writes: what was passed on, and what it says itself. */
import { STATUS_CODES } from 'node:http';
import type { CompiledRoute } from '../routing/compiled-route.ts';
import type { Answer } from './answer.ts';
import { type Fields, forwardableTrailers } from './fields.ts';
import { editedText, fieldText } from './http1/field-text.ts';
import { Framing } from './http1/framing.ts';
import type { RequestHead } from './http1/request-head.ts';
import type { ResponseHead } from './http1/response-head.ts';

const CONTINUE = 'HTTP/1.1 100 Continue\r\n\r\n';
const CLOSE = 'Connection: close\r\n';
const CHUNKED = 'Transfer-Encoding: chunked\r\n';
const WEBSOCKET = 'Connection: Upgrade\r\nUpgrade: websocket\r\n';

export interface RequestSurroundings {
  route: CompiledRoute;
  /** With query. */
  path: string;
  /** For the backend's Host: the client's, or what the route rewrites it to. */
  host: string;
  requestId: string;
  clientAddress: string;
  listenerPort: number;
  via: string;
}

/** Throws where a filter's value can't be written as HTTP. */
export function requestText(head: RequestHead, surroundings: RequestSurroundings): string {
  const { route, path, host, requestId, clientAddress, listenerPort, via } = surroundings;
  const forwardedHost = head.authority === '' ? '' : `X-Forwarded-Host: ${head.authority}\r\n`;
  const fields =
    `Host: ${host}\r\n${head.passed}Via: ${head.via}${via}\r\nX-Request-Id: ${requestId}\r\n` +
    `X-Forwarded-For: ${clientAddress}\r\nX-Forwarded-Proto: http\r\n${forwardedHost}X-Forwarded-Port: ${listenerPort}\r\n`;
  const edited = editedText(fields, route.requestHeaders);
  return `${head.method} ${path} HTTP/1.1\r\n${edited}${requestFraming(head)}\r\n`;
}

function requestFraming(head: RequestHead): string {
  const te = head.takesTrailers ? 'TE: trailers\r\nConnection: TE\r\n' : '';
  if (head.framing === Framing.chunked) return CHUNKED + te;
  if (head.framing === Framing.counted) return `Content-Length: ${head.length}\r\n${te}`;
  if (head.asksForWebSocket) return WEBSOCKET;
  return isBodyless(head.method) ? te : `Content-Length: 0\r\n${te}`;
}

/** RFC 9110 8.6: a method whose requests may have a body says so when they have none. */
function isBodyless(method: string): boolean {
  return method === 'GET' || method === 'HEAD' || method === 'DELETE' || method === 'OPTIONS';
}

export interface ResponseSurroundings {
  route: CompiledRoute;
  requestId: string;
  via: string;
  /** Empty where the backend has said it. */
  date: string;
  goesOutChunked: boolean;
  closes: boolean;
}

/** Throws where a filter's value can't be written as HTTP. */
export function responseText(head: ResponseHead, surroundings: ResponseSurroundings): string {
  const { route, requestId, via, date, goesOutChunked, closes } = surroundings;
  const fields = `${head.passed}${date}Via: ${via}\r\n${goesOutChunked ? head.trailer : ''}`;
  const edited = editedText(fields, route.responseHeaders);
  return (
    `HTTP/1.1 ${head.status} ${head.reason}\r\n${edited}X-Request-Id: ${requestId}\r\n` +
    `${goesOutChunked ? CHUNKED : ''}${closes ? CLOSE : ''}\r\n`
  );
}

/** The head that opens a WebSocket. */
export function switchingText(head: ResponseHead, surroundings: ResponseSurroundings): string {
  const text = responseText(head, { ...surroundings, goesOutChunked: false, closes: false });
  return `${text.slice(0, -2)}${WEBSOCKET}\r\n`;
}

export function interimText(head: ResponseHead): string {
  if (head.status === 100) return CONTINUE;
  return `HTTP/1.1 ${head.status} ${head.reason}\r\n${head.passed}\r\n`;
}

/** An answer of the gateway's own, apart from its body. */
export function answerText({ status, fields }: Answer, date: string, closes: boolean): string {
  return `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n${date}${fieldText(fields)}${closes ? CLOSE : ''}\r\n`;
}

/** The last chunk and the trailers that may be passed on. */
export function lastChunk(trailers: Readonly<Fields>): string {
  if (trailers.length === 0) return '0\r\n\r\n';
  return `0\r\n${fieldText(forwardableTrailers(trailers).flat())}\r\n`;
}
