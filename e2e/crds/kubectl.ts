/** Runs kubectl against the cluster of KUBECONFIG. */
import { execFile } from 'node:child_process';

export interface Answer {
  ok: boolean;
  stdout: string;
  stderr: string;
}

const TIMEOUT_MS = 30_000;

/** Never rejects: a refusal is an answer. `input` goes to stdin. */
export function kubectl(parameters: readonly string[], input = ''): Promise<Answer> {
  return new Promise((resolve) => {
    const child = execFile('kubectl', [...parameters], { timeout: TIMEOUT_MS }, (error, stdout, stderr) => {
      resolve({ ok: error === null, stdout, stderr: stderr || (error?.message ?? '') });
    });
    child.stdin?.end(input);
  });
}

/** Throws with what kubectl said. */
export async function mustKubectl(parameters: readonly string[], input = ''): Promise<string> {
  const { ok, stdout, stderr } = await kubectl(parameters, input);
  if (!ok) throw new Error(`kubectl ${parameters.join(' ')}: ${stderr}`);
  return stdout;
}
