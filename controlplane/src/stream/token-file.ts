/** The token file: which bearer token belongs to which DataPlane, re-read when it changes. */
import { readFile } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { isDataPlane } from '@holdfast/protocol/values/name.ts';
import type { Logger } from 'pino';
import { ControlPlaneError, systemReason } from '../errors.ts';
import { type Admission, dataPlaneOf, digestOf, type TokenEntry, type Tokens } from './tokens.ts';

/** A mounted Secret arrives late and by symlink swap; the file is small, so it is read each time. */
const POLL_MS = 5_000;
/** A file written in place is empty or cut off for a moment, which must not end the streams of a fleet. */
const SETTLE_MS = 200;
const MAX_BYTES = 1024 * 1024;

interface Content {
  /** Of the whole text. */
  digest: string;
  entries: TokenEntry[];
}

export class TokenFile implements Tokens {
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
    const dataPlane = dataPlaneOf(digest, this.#content.entries);
    if (dataPlane === undefined) return undefined;
    let checked = this.#content;
    let valid = true;
    // Asked for each stream every few seconds, so the entries are gone through only when they are others.
    const isValid = () => {
      if (checked !== this.#content) valid = dataPlaneOf(digest, this.#content.entries) === dataPlane;
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

function entriesOf(file: string, text: string): TokenEntry[] {
  const owners = new Map<string, TokenEntry>();
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

function invalid(file: string, detail: string): ControlPlaneError {
  return new ControlPlaneError('TOKEN_FILE_INVALID', `--token-file ${file}: ${detail}`);
}
