/** kubectl against an API server of the tests; it reads nothing of the person who runs it. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import type { ApiServer } from '../kube/api-server.ts';

export interface Answer {
  ok: boolean;
  stdout: string;
  stderr: string;
}

const TIMEOUT_MS = 30_000;

export class Kubectl {
  readonly #program: string;
  readonly #env: Record<string, string>;

  constructor(server: ApiServer) {
    this.#program = join(server.programs, 'kubectl');
    // What kubectl knows of a server it keeps by host and port, and the port may have been another server's.
    this.#env = { HOME: server.directory, KUBECONFIG: server.kubeConfigFile(server.url) };
  }

  /** Never rejects: a refusal is an answer. `input` goes to stdin. */
  ask(parameters: readonly string[], input = ''): Promise<Answer> {
    const options = { timeout: TIMEOUT_MS, env: this.#env };
    return new Promise((resolve) => {
      const child = execFile(this.#program, [...parameters], options, (error, stdout, stderr) => {
        resolve({ ok: error === null, stdout, stderr: stderr || (error?.message ?? '') });
      });
      child.stdin?.end(input);
    });
  }

  /** Throws with what kubectl said. */
  async run(parameters: readonly string[], input = ''): Promise<string> {
    const { ok, stdout, stderr } = await this.ask(parameters, input);
    if (!ok) throw new Error(`kubectl ${parameters.join(' ')}: ${stderr}`);
    return stdout;
  }
}
