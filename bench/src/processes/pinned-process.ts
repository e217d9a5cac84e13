/** A program on a core of its own: its output goes to a file, its end is known, and nothing of it is left behind. */
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { childEnvironment } from '@holdfast/e2e/harness/environment.ts';
import { BenchError } from '../errors.ts';
import { processTree } from './process-tree.ts';

export interface PinnedProgram {
  name: string;
  command: string;
  args: string[];
  core: number;
  /** Gets stdout and stderr, appended. */
  logFile: string;
  env?: Record<string, string> | undefined;
}

const STOP_TIMEOUT_MS = 5_000;
const TAIL_CHARACTERS = 600;
const running = new Set<PinnedProcess>();

// Whatever ends this process, the programs that it started must not outlive it.
process.on('exit', () => {
  for (const program of running) program.kill();
});

export class PinnedProcess {
  readonly #program: PinnedProgram;
  readonly #process: ChildProcess;
  readonly #exited: Promise<void>;
  #ended: string | undefined;

  constructor(program: PinnedProgram) {
    const { command, args, core, logFile, env = {} } = program;
    this.#program = program;
    const log = openSync(logFile, 'a');
    this.#process = spawn('taskset', ['--cpu-list', String(core), command, ...args], {
      env: childEnvironment(env),
      stdio: ['ignore', log, log],
    });
    closeSync(log);
    running.add(this);
    this.#exited = new Promise((resolve) => {
      this.#process.once('error', (error) => this.#end(error.message, resolve));
      this.#process.once('exit', (code, signal) => this.#end(`exit ${signal ?? code}`, resolve));
    });
  }

  get ended(): boolean {
    return this.#ended !== undefined;
  }

  /** Of the process and its descendants; throws when it has ended. */
  pids(): number[] {
    this.check();
    return processTree(this.#process.pid!);
  }

  /** Throws when it has ended, with its last words. */
  check(): void {
    if (this.#ended === undefined) return;
    const { name, logFile } = this.#program;
    const tail = readFileSync(logFile, 'utf8').slice(-TAIL_CHARACTERS);
    throw new BenchError(
      'ContenderFailed',
      `${name} has ended (${this.#ended}); the end of ${logFile}:\n${tail}`,
    );
  }

  signal(signal: NodeJS.Signals): void {
    if (this.#ended === undefined) this.#process.kill(signal);
  }

  /** SIGTERM, and after the timeout SIGKILL to all of it. */
  async stop(timeoutMs = STOP_TIMEOUT_MS): Promise<void> {
    this.signal('SIGTERM');
    const timer = setTimeout(() => this.kill(), timeoutMs);
    await this.#exited;
    clearTimeout(timer);
  }

  /** With its descendants: a master that is killed alone leaves its workers on their ports. */
  kill(): void {
    if (this.#ended !== undefined) return;
    for (const pid of processTree(this.#process.pid!)) killQuietly(pid);
  }

  #end(how: string, resolve: () => void): void {
    this.#ended ??= how;
    running.delete(this);
    resolve();
  }
}

function killQuietly(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
}
