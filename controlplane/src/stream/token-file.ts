/** The token file: which bearer token belongs to which DataPlane, re-read when it changes. */
import { createHash, timingSafeEqual } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { isDataPlane } from '@holdfast/protocol/values/name.ts';
import type { Logger } from 'pino';
import { ControlPlaneError, systemReason } from '../errors.ts';

/** A mounted Secret arrives late and by symlink swap; the file is small, so it is read each time. */
const POLL_MS = 5_000;
/** A file written in place is empty or cut off for a moment, which must not end the streams of a fleet. */
const SETTLE_MS = 200;
const MAX_BYTES = 1024 * 1024;

interface Entry {
  dataPlane: string;
  digest: Buffer;
}

interface Content {
  /** Of the whole text. */
  digest: string;
  entries: Entry[];
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
  /** Replaced only when the file has changed. */
  #content: Content;
  #problem = '';
  #reloading: Promise<void> | undefined;

  private constructor(file: string, content: Content, log: Logger, pollMs: number) {
    this.#file = file;
    this.#content = content;
    this.#log = log;
    this.#timer = setInterval(() => void this.reload(), pollMs).unref();
  }

  /** Throws ControlPlaneError TOKEN_FILE_INVALID. */
  static async open(file: string, log: Logger, pollMs: number = POLL_MS): Promise<TokenFile> {
    return new TokenFile(file, await readContent(file), log, pollMs);
  }

  /** Undefined for a token that belongs to no DataPlane. */
  admit(token: string): Admission | undefined {
    const digest = digestOf(token);
    const dataPlane = this.#dataPlaneOf(digest);
    if (dataPlane === undefined) return undefined;
    let checked = this.#content;
    let valid = true;
    // Asked for each stream every few seconds, so the entries are gone through only when they are others.
    const isValid = () => {
      if (checked !== this.#content) valid = this.#dataPlaneOf(digest) === dataPlane;
      checked = this.#content;
      return valid;
    };
    return { dataPlane, isValid };
  }

  /** Reads the file again. One that is broken is told once; the tokens known before go on. */
  reload(): Promise<void> {
    // Reads of a file system that hangs would otherwise pile up, and take every thread that reads files.
    this.#reloading ??= this.#reload().finally(() => {
      this.#reloading = undefined;
    });
    return this.#reloading;
  }

  async #reload(): Promise<void> {
    try {
      const content = await readContent(this.#file);
      if (content.digest !== this.#content.digest) await this.#takeOver(content);
      this.#problem = '';
    } catch (error) {
      const problem = systemReason(error);
      if (problem !== this.#problem)
        this.#log.error({ code: 'TOKEN_FILE_INVALID', problem }, 'token file not re-read');
      this.#problem = problem;
    }
  }

  /** Takes what is still the same a moment later; what is not is looked at again next time. */
  async #takeOver(content: Content): Promise<void> {
    await pause(SETTLE_MS);
    if ((await readContent(this.#file)).digest === content.digest) this.#content = content;
  }

  /** Takes the same time whichever entry it is. */
  #dataPlaneOf(presented: Buffer): string | undefined {
    let dataPlane: string | undefined;
    for (const entry of this.#content.entries) {
      if (timingSafeEqual(entry.digest, presented)) dataPlane = entry.dataPlane;
    }
    return dataPlane;
  }

  close(): void {
    clearInterval(this.#timer);
  }
}

async function readContent(file: string): Promise<Content> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    throw invalid(file, systemReason(error));
  }
  if (text.length > MAX_BYTES) throw invalid(file, `more than ${MAX_BYTES} characters`);
  return { digest: digestOf(text).toString('hex'), entries: entriesOf(file, text) };
}

function entriesOf(file: string, text: string): Entry[] {
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
