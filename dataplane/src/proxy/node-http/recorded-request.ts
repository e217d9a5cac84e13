/** What is recorded of a request that node:http has read. */

import { requestIdFrom } from '../request-id.ts';
import { peerAddress, type RecordedRequest } from '../request-record.ts';

export interface ReceivedRequest {
  method?: string | undefined;
  url?: string | undefined;
  headers: Readonly<Record<string, string | string[] | undefined>>;
  socket: { remoteAddress?: string | undefined };
}

export function recordedRequest(request: ReceivedRequest, listener: string): RecordedRequest {
  return {
    requestId: requestIdFrom(request.headers['x-request-id']),
    clientAddress: peerAddress(request.socket.remoteAddress),
    listener,
    method: request.method ?? '',
    path: pathOf(request.url ?? ''),
  };
}

/** Of an absolute-form target, too, what stands before the query; a query may hold secrets, and so may userinfo. */
function pathOf(url: string): string {
  const path = url.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i, '');
  const end = path.search(/[?#]/);
  return end < 0 ? path : path.slice(0, end);
}
