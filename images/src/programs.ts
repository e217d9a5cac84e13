/** The programs that have an image, each with the files that Node.js starts in it. */
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

export interface Program {
  name: string;
  /** Bundle without its ending, to source file from the top of the checkout. `main` is what the container starts. */
  entries: Record<string, string>;
}

/** A thread or child process has a bundle of its own: it is started by its file. */
export const PROGRAMS: readonly Program[] = [
  { name: 'operator', entries: { main: 'operator/src/main.ts' } },
  {
    name: 'controlplane',
    entries: {
      main: 'controlplane/src/main.ts',
      'document-thread': 'controlplane/src/sources/document-thread.ts',
    },
  },
  {
    name: 'dataplane',
    entries: {
      main: 'dataplane/src/main.ts',
      agent: 'dataplane/src/agent/main.ts',
      worker: 'dataplane/src/worker/main.ts',
    },
  },
  { name: 'sample-backend', entries: { main: 'e2e/backends/main.ts' } },
];

/** Throws a RangeError that names the programs there are. */
export function programNamed(name: string): Program {
  const program = PROGRAMS.find((program) => program.name === name);
  if (program) return program;
  throw new RangeError(`expected one of ${PROGRAMS.map(({ name }) => name).join(', ')}, found ${name}`);
}

export function sourcePath(fromTop: string): string {
  return `${ROOT}${fromTop}`;
}
