/** A directory for one test, with configuration documents to put into it. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

export class Workspace {
  readonly directory = mkdtempSync(path.join(tmpdir(), 'holdfast-controlplane-'));

  path(...names: string[]): string {
    return path.join(this.directory, ...names);
  }

  /** Writes a file in place, making its directory. */
  write(name: string, text: string): string {
    const file = this.path(name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, text);
    return file;
  }

  remove(): void {
    rmSync(this.directory, { recursive: true, force: true });
  }
}

/** A valid document: one backend, and a route to it for each name. */
export function documentOf(...routes: string[]): string {
  const lines = routes.map((name) => `  - {name: ${name}, backendRefs: [{name: main}]}\n`);
  return `routes:${routes.length === 0 ? ' []' : ''}\n${lines.join('')}backends:\n${BACKEND}`;
}

const BACKEND = '  - {name: main, endpoints: [{address: 127.0.0.1, port: 8080}]}\n';
