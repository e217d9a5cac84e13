/** The token file: which bearer token belongs to which DataPlane, re-read when it changes. */
import { createHash, timingSafeEqual } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { isDataPlane } from '@holdfast/protocol/values/name.ts';
import type { Logger } from 'pino';
import { ControlPlaneError, systemReason } from '../errors.ts';

/** A mounted Secret arrives late and by symlink swap; the file is small, so it is read each time. */
const POLL_MS = 5_000;
const MAX_BYTES = 1024 * 1024;

interface Entry {
  dataPlane: string;
  digest: Buffer;
}

/** What a token gave access to. */
export interface Admission {
  dataPlane: string;
  /** False when the token has been taken out of the file since. */
  isValid(): boolean;
}

export class TokenFile {
  readonly #file: string;
  readonly #log: Logger;
  readonly #timer: NodeJS.Timeout;
  #entries: Entry[];
  #problem = '';

  private constructor(file: string, entries: Entry[], log: Logger) {
    this.#file = file;
    this.#entries = entries;
    this.#log = log;
    this.#timer = setInterval(() => void this.reload(), POLL_MS).unref();
  }

  /** Throws ControlPlaneError TOKEN_FILE_INVALID. */
  static async open(file: string, log: Logger): Promise<TokenFile> {
    return new TokenFile(file, await readEntries(file), log);
  }

  /** Undefined for a token that belongs to no DataPlane. */
  admit(token: string): Admission | undefined {
    const digest = digestOf(token);
    const dataPlane = this.#dataPlaneOf(digest);
    if (dataPlane === undefined) return undefined;
    return { dataPlane, isValid: () => this.#dataPlaneOf(digest) === dataPlane };
  }

  /** Reads the file again. One that is broken is told once; the tokens known before go on. */
  async reload(): Promise<void> {
    try {
      this.#entries = await readEntries(this.#file);
      this.#problem = '';
    } catch (error) {
      const problem = systemReason(error);
      if (problem !== this.#problem)
        this.#log.error({ code: 'TOKEN_FILE_INVALID', problem }, 'token file not re-read');
      this.#problem = problem;
    }
  }

  /** Takes the same time whichever entry it is. */
  #dataPlaneOf(presented: Buffer): string | undefined {
    let dataPlane: string | undefined;
    for (const entry of this.#entries) {
      if (timingSafeEqual(entry.digest, presented)) dataPlane = entry.dataPlane;
    }
    return dataPlane;
  }

  close(): void {
    clearInterval(this.#timer);
  }
}

async function readEntries(file: string): Promise<Entry[]> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    throw invalid(file, systemReason(error));
  }
  if (text.length > MAX_BYTES) throw invalid(file, `more than ${MAX_BYTES} characters`);
  const owners = new Map<string, Entry>();
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (line.trim() === '' || line.startsWith('#')) continue;
    const [dataPlane, token, ...rest] = line.trim().split(/\s+/);
    // What stands there instead is never shown: it may be a token.
    if (!isDataPlane(dataPlane!) || token === undefined || rest.length > 0) {
      throw invalid(file, `line ${index + 1} is not NAMESPACE/NAME TOKEN`);
    }
    const digest = digestOf(token);
    const known = owners.get(digest.toString('hex'));
    if (known !== undefined && known.dataPlane !== dataPlane) {
      throw invalid(file, `line ${index + 1} has the token of another DataPlane`);
    }
    owners.set(digest.toString('hex'), { dataPlane: dataPlane!, digest });
  }
  return [...owners.values()];
}

/** Equal lengths for the comparison in constant time, and no token in memory for longer than needed. */
function digestOf(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}

function invalid(file: string, detail: string): ControlPlaneError {
  return new ControlPlaneError('TOKEN_FILE_INVALID', `--token-file ${file}: ${detail}`);
}
