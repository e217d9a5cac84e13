/** An echoing backend as a process. */

import { repositoryPath } from './paths.ts';
import { probe } from './probe.ts';
import { Program } from './program.ts';

export class BackendProcess {
  readonly name: string;
  readonly port: number;
  readonly program: Program;

  static async start(name: string, logFile: string): Promise<BackendProcess> {
    const args = [repositoryPath('e2e/backends/main.ts'), '--name', name];
    const program = new Program({ name, command: process.execPath, args, logFile });
    const { address } = await program.logged('listening', (entry) => entry.msg === 'listening');
    return new BackendProcess(name, Number(String(address).split(':')[1]), program);
  }

  private constructor(name: string, port: number, program: Program) {
    this.name = name;
    this.port = port;
    this.program = program;
  }

  /** From now on it answers requests, or health checks, with these. */
  async answerWith(mode: { status?: number; health?: number }): Promise<void> {
    const query = Object.entries(mode).map(([what, code]) => `${what}=${code}`);
    await probe(`http://127.0.0.1:${this.port}/mode?${query.join('&')}`);
  }

  async close(): Promise<void> {
    await this.program.stop('SIGKILL');
  }
}
