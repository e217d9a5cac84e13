/** Reads one HTTP/1.1 response out of the bytes that have arrived, strictly: what is not well-formed is an error. */

export interface Response {
  status: number;
  /** Names in lower case; of a repeated name, the last. */
  headers: Map<string, string>;
  body: Buffer;
  /** The connection may be used for another request. */
  reusable: boolean;
}

export class MalformedResponse extends Error {}

interface Head {
  status: number;
  version: string;
  headers: Map<string, string>;
}

interface Body {
  body: Buffer;
  /** Bytes that belong to it. */
  length: number;
}

/** Undefined while it is incomplete; `ended` says that no more bytes come. Throws MalformedResponse. */
export function readResponse(bytes: Buffer, ended: boolean): Response | undefined {
  const headLength = bytes.indexOf('\r\n\r\n');
  if (headLength === -1) return undefined;
  const head = readHead(bytes.toString('latin1', 0, headLength));
  const rest = bytes.subarray(headLength + 4);
  if (head.status < 200) return readResponse(rest, ended);
  const body = readBody(head, rest, ended);
  if (body === undefined) return undefined;
  if (body.length < rest.length)
    throw new MalformedResponse(`${rest.length - body.length} bytes after the response`);
  return {
    status: head.status,
    headers: head.headers,
    body: body.body,
    reusable: isReusable(head) && !ended,
  };
}

function readHead(text: string): Head {
  const [statusLine, ...lines] = text.split('\r\n');
  const parts = /^(HTTP\/1\.[01]) (\d{3})(?: |$)/.exec(statusLine!);
  if (parts === null) throw new MalformedResponse(`status line ${JSON.stringify(statusLine!.slice(0, 80))}`);
  const headers = new Map<string, string>();
  for (const line of lines) {
    const colon = line.indexOf(':');
    if (colon < 1) throw new MalformedResponse(`header line ${JSON.stringify(line.slice(0, 80))}`);
    headers.set(line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim());
  }
  return { status: Number(parts[2]), version: parts[1]!, headers };
}

function isReusable({ version, headers }: Head): boolean {
  const options = (headers.get('connection') ?? '').toLowerCase();
  if (version === 'HTTP/1.0') return options.includes('keep-alive');
  return !options.includes('close') && (headers.has('content-length') || headers.has('transfer-encoding'));
}

function readBody({ status, headers }: Head, rest: Buffer, ended: boolean): Body | undefined {
  if (status === 204 || status === 304) return { body: Buffer.alloc(0), length: 0 };
  if (headers.has('transfer-encoding')) return readChunks(headers.get('transfer-encoding')!, rest);
  const declared = headers.get('content-length');
  if (declared === undefined) return ended ? { body: rest, length: rest.length } : undefined;
  if (!/^\d{1,15}$/.test(declared)) throw new MalformedResponse(`Content-Length ${JSON.stringify(declared)}`);
  const length = Number(declared);
  return rest.length < length ? undefined : { body: rest.subarray(0, length), length };
}

function readChunks(coding: string, rest: Buffer): Body | undefined {
  if (coding.toLowerCase() !== 'chunked')
    throw new MalformedResponse(`Transfer-Encoding ${JSON.stringify(coding)}`);
  const chunks: Buffer[] = [];
  let position = 0;
  for (;;) {
    const lineEnd = rest.indexOf('\r\n', position);
    if (lineEnd === -1) return undefined;
    const size = chunkSize(rest.toString('latin1', position, lineEnd));
    position = lineEnd + 2;
    if (size === 0) return readTrailers(chunks, rest, position);
    if (rest.length < position + size + 2) return undefined;
    chunks.push(rest.subarray(position, position + size));
    position += size + 2;
  }
}

function chunkSize(line: string): number {
  const parts = /^([0-9a-f]{1,8})(?:;.*)?$/i.exec(line);
  if (parts === null) throw new MalformedResponse(`chunk size ${JSON.stringify(line.slice(0, 80))}`);
  return Number.parseInt(parts[1]!, 16);
}

function readTrailers(chunks: Buffer[], rest: Buffer, start: number): Body | undefined {
  let position = start;
  for (;;) {
    const lineEnd = rest.indexOf('\r\n', position);
    if (lineEnd === -1) return undefined;
    const empty = lineEnd === position;
    position = lineEnd + 2;
    if (empty) return { body: Buffer.concat(chunks), length: position };
  }
}
