/** A program started as a process: its log lines can be awaited, its end is known, its output is kept. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createWriteStream, type WriteStream } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { childEnvironment } from './environment.ts';

export interface ProgramOptions {
  name: string;
  command: string;
  args: string[];
  env?: Record<string, string>;
  /** Its whole output is appended to this file. */
  logFile: string;
}

/** A line of output: the fields of its JSON, or its text as `msg`. */
export interface LogEntry {
  msg?: string;
  [field: string]: unknown;
}

export interface Exit {
  code: number | null;
  signal: NodeJS.Signals | null;
}

interface Waiter {
  match: (entry: LogEntry) => boolean;
  resolve: (entry: LogEntry) => void;
  reject: (error: Error) => void;
}

const MAX_ENTRIES = 5_000;
const MAX_TAIL_LINE = 400;
const running = new Set<ChildProcess>();

// Whatever ends this process, the programs that it started must not outlive it.
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

export class Program {
  readonly name: string;
  readonly exited: Promise<Exit>;
  /** The newest lines, at most 5000. */
  readonly entries: LogEntry[] = [];
  readonly #process: ChildProcess;
  readonly #log: WriteStream;
  readonly #waiters = new Set<Waiter>();
  #exit: Exit | undefined;

  constructor({ name, command, args, env = {}, logFile }: ProgramOptions) {
    this.name = name;
    this.#log = createWriteStream(logFile, { flags: 'a' });
    this.#process = spawn(command, args, { env: childEnvironment(env), stdio: ['ignore', 'pipe', 'pipe'] });
    running.add(this.#process);
    this.#read(this.#process.stdout!);
    this.#read(this.#process.stderr!);
    this.exited = new Promise((resolve) => {
      this.#process.once('error', (error) => this.#take(`cannot be started: ${error.message}`));
      this.#process.once('error', () => this.#ended({ code: null, signal: null }, resolve));
      this.#process.once('exit', (code, signal) => this.#ended({ code, signal }, resolve));
    });
    this.#process.once('close', () => this.#silent());
  }

  get pid(): number {
    return this.#process.pid!;
  }

  get exit(): Exit | undefined {
    return this.#exit;
  }

  /** The first line, past or coming, that matches; rejects with the tail of the output on a time-out or the program's end. */
  logged(what: string, match: (entry: LogEntry) => boolean, timeoutMs = 15_000): Promise<LogEntry> {
    const past = this.entries.find(match);
    if (past !== undefined) return Promise.resolve(past);
    if (this.#log.writableEnded) return Promise.reject(this.#endedBefore(what));
    return new Promise((resolve, reject) => {
      const waiter: Waiter = { match, resolve: settle(resolve), reject: settle(reject) };
      const onTimeout = () =>
        reject(new Error(`${this.name}: no line ${what} within ${timeoutMs} ms\n${this.tail()}`));
      const timer = setTimeout(() => settle(onTimeout)(undefined), timeoutMs);
      this.#waiters.add(waiter);
      const waiters = this.#waiters;
      function settle<Argument>(end: (argument: Argument) => void) {
        return (argument: Argument) => {
          clearTimeout(timer);
          waiters.delete(waiter);
          end(argument);
        };
      }
    });
  }

  signal(signal: NodeJS.Signals): void {
    if (this.#exit === undefined) this.#process.kill(signal);
  }

  /** Sends the signal and waits for the end; after the timeout, SIGKILL. */
  async stop(signal: NodeJS.Signals = 'SIGTERM', timeoutMs = 5_000): Promise<Exit> {
    this.signal(signal);
    const timer = setTimeout(() => this.signal('SIGKILL'), timeoutMs);
    const exit = await this.exited;
    clearTimeout(timer);
    return exit;
  }

  /** The newest lines of its output for a failure's message, without those of the access log. */
  tail(lines = 15): string {
    const newest = this.entries.filter(({ msg }) => msg !== 'request').slice(-lines);
    if (newest.length === 0) return `  ${this.name}: no output`;
    return newest
      .map((entry) => `  ${this.name}: ${JSON.stringify(entry).slice(0, MAX_TAIL_LINE)}`)
      .join('\n');
  }

  #read(output: Readable): void {
    createInterface({ input: output }).on('line', (line) => this.#take(line));
  }

  #take(line: string): void {
    this.#log.write(`${line}\n`);
    const entry = readEntry(line);
    this.entries.push(entry);
    if (this.entries.length > MAX_ENTRIES) this.entries.shift();
    for (const waiter of [...this.#waiters]) if (waiter.match(entry)) waiter.resolve(entry);
  }

  #ended(exit: Exit, resolve: (exit: Exit) => void): void {
    if (this.#exit !== undefined) return;
    this.#exit = exit;
    running.delete(this.#process);
    resolve(exit);
  }

  /** It has ended, and its last lines have been read, which takes a moment longer. */
  #silent(): void {
    this.#log.end();
    for (const waiter of [...this.#waiters]) waiter.reject(this.#endedBefore('that was awaited'));
  }

  #endedBefore(what: string): Error {
    return new Error(
      `${this.name} ended with ${JSON.stringify(this.#exit)} before the line ${what}\n${this.tail()}`,
    );
  }
}

function readEntry(line: string): LogEntry {
  try {
    const value: unknown = JSON.parse(line);
    if (typeof value === 'object' && value !== null) return value as LogEntry;
  } catch {
    // Not JSON: a stack trace or a warning of the runtime.
  }
  return { msg: line };
}
