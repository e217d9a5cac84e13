/**
 * The bootstrap: what an instance needs to begin without a control plane, in parts that fit into Secrets.
 *
 * Its content are the messages that the stream would bring: facts, and a snapshot for each schema level that sees another one. It is
 * compressed and cut; each part names the digest of the whole, so that parts of two writings are never taken for one.
 */
import { hash } from 'node:crypto';
import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import type { StreamFact } from '../facts/facts.ts';
import { hashResources } from '../revision/hash.ts';
import { resourceSet } from '../revision/resource-set.ts';
import type { Revision } from '../revision/revision.ts';
import { DEFAULT_LIMITS, decodeControlPlaneMessage } from '../stream/codec.ts';
import type { ControlPlaneMessage, Facts, Snapshot } from '../stream/messages.ts';
import { BootstrapError } from './bootstrap-error.ts';

/** Raised when an older program could no longer read it. */
export const BOOTSTRAP_FORMAT = 1;
export const BOOTSTRAP_PARTS = 4;
/** A Secret holds 1,048,576 bytes, the header of the part among them. */
export const MAX_PART_BYTES = 1_000_000;

export interface Bootstrap {
  /** `NAMESPACE/NAME` */
  dataPlane: string;
  facts: readonly StreamFact[];
  /** By the lowest schema level that is sent it, rising. */
  revisions: readonly { level: number; revision: Revision }[];
}

interface Header {
  format: number;
  dataPlane: string;
  parts: number;
  /** SHA-256 of the whole content as it is compressed. */
  digest: string;
}

export interface Reader {
  dataPlane: string;
  schemaLevel: number;
}

const END_OF_LINE = 0x0a;
const MAX_LINES = 256;
/** A line is a message that the stream would carry compressed. */
const LINE_LIMITS = { ...DEFAULT_LIMITS, maxMessageBytes: DEFAULT_LIMITS.maxDecodedBytes };

const compress = promisify(gzip);
const decompress = promisify(gunzip);

/** Key of a Secret, and so name of the file in the pod. */
export function partName(index: number): string {
  return `part-${index}`;
}

/** The same parts for the same content. More than BOOTSTRAP_PARTS of them can not be kept. */
export async function packBootstrap({ dataPlane, facts, revisions }: Bootstrap): Promise<Buffer[]> {
  const told: Facts = { type: 'facts', complete: true, facts: [...facts] };
  const lines = [{ levels: revisions.map(({ level }) => level) }, told, ...revisions.map(snapshotOf)];
  const content = await compress(lines.map((line) => JSON.stringify(line)).join('\n'));
  const parts = Math.ceil(content.length / MAX_PART_BYTES);
  const header: Header = { format: BOOTSTRAP_FORMAT, dataPlane, parts, digest: digestOf(content) };
  const head = Buffer.from(`${JSON.stringify(header)}\n`);
  return Array.from({ length: parts }, (_, index) => {
    return Buffer.concat([head, content.subarray(index * MAX_PART_BYTES, (index + 1) * MAX_PART_BYTES)]);
  });
}

/** The revision for this reader, its hash verified, and the facts. `parts` by index. Throws BootstrapError, and nothing else. */
export async function unpackBootstrap(
  parts: readonly (Buffer | undefined)[],
  reader: Reader,
): Promise<{ revision: Revision; facts: StreamFact[] }> {
  const content = join(parts, reader.dataPlane);
  const [index, facts, ...snapshots] = split(await inflate(content));
  const { levels } = parse(index?.toString() ?? '') as { levels?: unknown };
  if (facts === undefined || !isLevels(levels) || levels.length !== snapshots.length)
    throw damaged('it does not begin as a bootstrap does');
  const chosen = snapshots[levels.findLastIndex((level) => level <= reader.schemaLevel)];
  if (chosen === undefined) {
    const needed = `schema level ${levels[0]}, and this instance knows level ${reader.schemaLevel}`;
    throw new BootstrapError('VersionSkew', `it needs ${needed}`);
  }
  return { facts: decode(facts, 'facts').facts, revision: verify(decode(chosen, 'snapshot')) };
}

function snapshotOf({ revision: { id, resources } }: Bootstrap['revisions'][number]): Snapshot {
  return {
    type: 'snapshot',
    revision: id,
    resources: Array.from(resources, ([key, { resource }]) => [key, resource]),
  };
}

function join(parts: readonly (Buffer | undefined)[], dataPlane: string): Buffer {
  const { header, body } = divide(parts, 0);
  checkHeader(header, dataPlane);
  const bodies = [body];
  for (let index = 1; index < header.parts; index++) {
    const part = divide(parts, index);
    if (part.header.digest !== header.digest)
      throw new BootstrapError('Incomplete', `${partName(index)} is of another writing than ${partName(0)}`);
    bodies.push(part.body);
  }
  const content = Buffer.concat(bodies);
  if (digestOf(content) !== header.digest) throw damaged('the content does not have its digest');
  return content;
}

function divide(parts: readonly (Buffer | undefined)[], index: number): { header: Header; body: Buffer } {
  const part = parts[index];
  if (part === undefined) throw new BootstrapError('Incomplete', `${partName(index)} is missing`);
  const end = part.indexOf(END_OF_LINE);
  if (end === -1) throw damaged(`${partName(index)} has no header`);
  return { header: parse(part.subarray(0, end).toString()) as Header, body: part.subarray(end + 1) };
}

function checkHeader({ format, dataPlane, parts }: Partial<Header>, expected: string): void {
  if (Number.isSafeInteger(format) && format! > BOOTSTRAP_FORMAT)
    throw new BootstrapError('NewerFormat', `format ${format}; this version reads up to ${BOOTSTRAP_FORMAT}`);
  if (format !== BOOTSTRAP_FORMAT) throw damaged('no header of a known format');
  if (dataPlane !== expected)
    throw new BootstrapError('Foreign', `it is of ${dataPlane}, not of ${expected}`);
  if (!Number.isSafeInteger(parts) || parts! < 1 || parts! > BOOTSTRAP_PARTS)
    throw damaged(`expected 1 to ${BOOTSTRAP_PARTS} parts, found ${parts}`);
}

async function inflate(content: Buffer): Promise<Buffer> {
  try {
    // The bound ends a decompression bomb before it has taken the memory.
    return await decompress(content, { maxOutputLength: DEFAULT_LIMITS.maxDecodedBytes });
  } catch (cause) {
    throw damaged(`it cannot be decompressed (${(cause as NodeJS.ErrnoException).code})`, cause);
  }
}

function isLevels(levels: unknown): levels is number[] {
  return Array.isArray(levels) && levels.length > 0 && levels.every(Number.isSafeInteger);
}

/** Bytes, not texts: of the snapshots only one is read. */
function split(content: Buffer): Buffer[] {
  const lines: Buffer[] = [];
  let start = 0;
  for (let end = content.indexOf(END_OF_LINE); end !== -1; end = content.indexOf(END_OF_LINE, start)) {
    // What is written has a line for each level and two more; a flood of empty ones is not collected.
    if (lines.length > MAX_LINES) throw damaged(`more than ${MAX_LINES} lines`);
    lines.push(content.subarray(start, end));
    start = end + 1;
  }
  return [...lines, content.subarray(start)];
}

function decode<T extends ControlPlaneMessage['type']>(
  line: Buffer,
  type: T,
): Extract<ControlPlaneMessage, { type: T }> {
  const message = readMessage(line);
  if (message.type !== type) throw damaged(`expected a message ${type}, found ${message.type}`);
  return message as Extract<ControlPlaneMessage, { type: T }>;
}

function readMessage(line: Buffer): ControlPlaneMessage {
  try {
    return decodeControlPlaneMessage(line.toString(), LINE_LIMITS);
  } catch (cause) {
    throw damaged((cause as Error).message, cause);
  }
}

function verify({ revision: id, resources: entries }: Snapshot): Revision {
  let resources: Revision['resources'];
  try {
    resources = resourceSet(entries);
  } catch (cause) {
    throw damaged((cause as Error).message, cause);
  }
  if (hashResources(resources) !== id.hash) throw damaged('the resources do not have the hash');
  return { id, resources };
}

function parse(text: string): object {
  try {
    return Object(JSON.parse(text));
  } catch (cause) {
    throw damaged('a header is not JSON', cause);
  }
}

function digestOf(content: Buffer): string {
  return hash('sha256', content, 'hex');
}

function damaged(detail: string, cause?: unknown): BootstrapError {
  return new BootstrapError('Damaged', detail, { cause });
}
