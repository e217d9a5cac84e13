/** The header fields of a response that go to the client. */
import type { HeaderEdit } from '../../routing/compiled-route.ts';
import { applyEdit, connectionOptions, type Fields, isHopByHop } from '../fields.ts';

export interface ResponseContext {
  rawHeaders: Readonly<Fields>;
  statusCode: number;
  edit: HeaderEdit | undefined;
  requestId: string;
  via: string;
  /** The body goes out chunked, so that a trailer can follow. */
  trailersPossible: boolean;
}

export function responseFields(context: ResponseContext): Fields {
  const fields = passedFields(context.rawHeaders, context.statusCode, context.trailersPossible);
  fields.push('Via', context.via);
  const edited = applyEdit(fields, context.edit);
  edited.push('X-Request-Id', context.requestId);
  return edited;
}

/** Fields of the 101 that opens a WebSocket. */
export function switchingFields(context: ResponseContext): Fields {
  return [...responseFields(context), 'Connection', 'Upgrade', 'Upgrade', 'websocket'];
}

/** Fields of an interim response. */
export function interimFields(rawHeaders: Readonly<Fields>, statusCode: number): Fields {
  return passedFields(rawHeaders, statusCode, false);
}

function passedFields(rawHeaders: Readonly<Fields>, statusCode: number, trailersPossible: boolean): Fields {
  const options = connectionOptions(rawHeaders);
  const fields: Fields = [];
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at]!.toLowerCase();
    if (isHopByHop(name, options) || name === 'x-request-id') continue;
    if (name === 'trailer' && !trailersPossible) continue;
    // RFC 9110 8.6: neither may carry it, and a client that believes it waits for a body.
    if (name === 'content-length' && (statusCode < 200 || statusCode === 204)) continue;
    fields.push(rawHeaders[at]!, rawHeaders[at + 1]!);
  }
  return fields;
}
