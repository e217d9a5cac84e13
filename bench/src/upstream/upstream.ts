/** What all contenders forward to: nginx on the load core, which answers from memory. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventually } from '@holdfast/e2e/harness/eventually.ts';
import { probe } from '@holdfast/e2e/harness/probe.ts';
import { startNginx } from '../contenders/nginx-process.ts';
import type { PinnedProcess } from '../processes/pinned-process.ts';

/** nginx takes no longer text than its configuration buffer; larger bodies are files in the page cache. */
const MAX_TEXT_BYTES = 2_048;

export class Upstream {
  readonly port: number;
  readonly #process: PinnedProcess;

  /** Answers every request with a body of this size. */
  static async start(parent: string, core: number, bytes: number): Promise<Upstream> {
    const directory = join(parent, `upstream-${bytes}`);
    mkdirSync(directory, { recursive: true });
    writeFileSync(join(directory, 'body'), 'x'.repeat(bytes));
    const { port, process } = await startNginx({
      name: 'the upstream',
      directory,
      core,
      http: (port) => `
  access_log off;
  sendfile on;
  tcp_nopush on;
  open_file_cache max=10 inactive=1h;
  open_file_cache_valid 1h;
  default_type application/octet-stream;
  server {
    listen 127.0.0.1:${port} backlog=4096;
    location / { ${bytes > MAX_TEXT_BYTES ? `root ${directory}; try_files /body =404;` : `return 200 ${'x'.repeat(bytes)};`} }
  }`,
    });
    await eventually('the upstream answers', async () => {
      process.check();
      return (await probe(`http://127.0.0.1:${port}/`)).text.length === bytes;
    });
    return new Upstream(port, process);
  }

  private constructor(port: number, process: PinnedProcess) {
    this.port = port;
    this.#process = process;
  }

  close(): Promise<void> {
    return this.#process.stop();
  }
}
