/** Writes messages for the stream and reads what came from it: bounds first, then JSON, then the form of its type. */
import { constants, gunzipSync, gzipSync } from 'node:zlib';
import { ProtocolError } from '../errors.ts';
import { STREAM_FACT_KINDS } from '../facts/facts.ts';
import { describeFound } from '../validation/found.ts';
import type { Schema } from '../validation/schema.ts';
import { compileSchema, type Validator } from '../validation/validator.ts';
import { isDeeperThan } from './json-depth.ts';
import { CONTROL_PLANE_MESSAGE_SCHEMAS, INSTANCE_MESSAGE_SCHEMAS } from './message-schemas.ts';
import type { ControlPlaneMessage, InstanceMessage, Message } from './messages.ts';
import { boundNack } from './reasons.ts';

export interface CodecLimits {
  /** Bytes as received: compressed, for a binary message. Give the WebSocket the same, so that more is never buffered. */
  maxMessageBytes: number;
  /** Bytes of JSON text. */
  maxDecodedBytes: number;
}

/** What an instance accepts of its control plane: 50,000 routes compress to about one megabyte. */
export const DEFAULT_LIMITS: CodecLimits = {
  maxMessageBytes: 16 * 1024 ** 2,
  maxDecodedBytes: 128 * 1024 ** 2,
};

/** What a control plane accepts of an instance: the longest nack has room in it. */
export const INSTANCE_MESSAGE_LIMITS: CodecLimits = {
  maxMessageBytes: 256 * 1024,
  maxDecodedBytes: 256 * 1024,
};

/** Longer texts are compressed. */
const COMPRESS_ABOVE_BYTES = 4096;
/** No valid message nests deeper than 9. */
const MAX_DEPTH = 32;

/** A text for a text frame, or above 4 KiB gzip for a binary frame. Reasons of a nack are cut to their bounds. */
export function encodeMessage(message: Message): string | Buffer {
  const text = JSON.stringify(message.type === 'nack' ? boundNack(message) : message);
  if (Buffer.byteLength(text) <= COMPRESS_ABOVE_BYTES) return text;
  return gzipSync(text, { level: constants.Z_BEST_SPEED });
}

/**
 * Reads what an instance sent: a string for a text frame, a Buffer for a binary one. Throws ProtocolError and nothing
 * else; after UNKNOWN_TYPE the stream can go on, after any other code the two sides do not understand each other.
 */
export function decodeInstanceMessage(
  data: string | Buffer,
  limits: CodecLimits = INSTANCE_MESSAGE_LIMITS,
): InstanceMessage {
  return decode(data, limits, INSTANCE_VALIDATORS) as InstanceMessage;
}

/** Reads what a control plane sent, as `decodeInstanceMessage` does. Facts of unknown kinds are left out. */
export function decodeControlPlaneMessage(
  data: string | Buffer,
  limits: CodecLimits = DEFAULT_LIMITS,
): ControlPlaneMessage {
  const message = decode(data, limits, CONTROL_PLANE_VALIDATORS) as ControlPlaneMessage;
  if (message.type !== 'facts') return message;
  return { ...message, facts: message.facts.filter(({ kind }) => STREAM_FACT_KINDS.has(kind)) };
}

type Validators = ReadonlyMap<string, Validator>;

const INSTANCE_VALIDATORS = compileAll(INSTANCE_MESSAGE_SCHEMAS);
const CONTROL_PLANE_VALIDATORS = compileAll(CONTROL_PLANE_MESSAGE_SCHEMAS);

function compileAll(schemas: Readonly<Record<string, Schema>>): Validators {
  return new Map(Object.entries(schemas).map(([type, schema]) => [type, compileSchema(schema)]));
}

function decode(data: string | Buffer, limits: CodecLimits, validators: Validators): unknown {
  checkBytes(typeof data === 'string' ? Buffer.byteLength(data) : data.length, limits.maxMessageBytes);
  const message = parse(readText(data, limits.maxDecodedBytes));
  const type: unknown = message.type;
  if (typeof type !== 'string') {
    throw new ProtocolError('INVALID_MESSAGE', `expected a type, found ${describeFound(type)}`, '/type');
  }
  const validate = validators.get(type);
  if (validate === undefined)
    throw new ProtocolError('UNKNOWN_TYPE', `unknown type ${describeFound(type)}`, '/type');
  const [problem] = validate(message, '');
  if (problem === undefined) return message;
  throw new ProtocolError(
    'INVALID_MESSAGE',
    `expected ${problem.expected}, found ${problem.found}`,
    problem.pointer,
  );
}

function checkBytes(bytes: number, max: number): void {
  if (bytes > max)
    throw new ProtocolError('MESSAGE_TOO_LARGE', `${bytes} bytes, accepted are at most ${max}`);
}

function readText(data: string | Buffer, maxBytes: number): string {
  if (typeof data === 'string') {
    checkBytes(Buffer.byteLength(data), maxBytes);
    return data;
  }
  const bytes = decompress(data, maxBytes);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new ProtocolError('NOT_UTF8', `${bytes.length} bytes that are not UTF-8`);
  }
}

/** `maxOutputLength` ends a decompression bomb before it has taken the memory. */
function decompress(data: Buffer, maxBytes: number): Buffer {
  try {
    return gunzipSync(data, { maxOutputLength: maxBytes });
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'no code';
    if (code !== 'ERR_BUFFER_TOO_LARGE') throw new ProtocolError('NOT_GZIP', `${data.length} bytes: ${code}`);
    throw new ProtocolError('MESSAGE_TOO_LARGE', `more than ${maxBytes} bytes when decompressed`);
  }
}

function parse(text: string): Record<string, unknown> {
  if (isDeeperThan(text, MAX_DEPTH))
    throw new ProtocolError('TOO_DEEP', `more than ${MAX_DEPTH} levels deep`);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new ProtocolError('NOT_JSON', `${text.length} characters that are not JSON`);
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value))
    return value as Record<string, unknown>;
  throw new ProtocolError('NOT_JSON', `expected an object, found ${describeFound(value)}`);
}
