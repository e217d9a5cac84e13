/** Who may import whom: the table of the design, and what breaks it. */
import { dirname, join, relative } from 'node:path/posix';
import { importsOf, isTest, type SourceFile } from './source-file.ts';

/** The rooms whose imports are restricted, each with the libraries of ours that it may use. */
export const ROOMS: Record<string, string[]> = {
  protocol: [],
  api: [],
  kube: [],
  program: [],
  operator: ['api', 'kube', 'program', 'protocol'],
  controlplane: ['api', 'kube', 'program', 'protocol'],
  dataplane: ['program', 'protocol'],
  bench: ['e2e', 'protocol'],
};

/** Node's modules that touch neither socket nor file nor clock; of `node:net` only `isIP` is meant. */
const PURE = ['node:buffer', 'node:crypto', 'node:net', 'node:util', 'node:zlib'];
const MUST_BE_PURE = ['protocol', 'api'];

/** One line for each import that the table does not allow. `dependencies` are the packages that each room declares. */
export function forbiddenImports(files: SourceFile[], dependencies: Record<string, string[]>): string[] {
  return files.flatMap((file) =>
    importsOf(file).flatMap(({ specifier, line }) => {
      const objection = objectionTo(specifier, file, dependencies[file.room] ?? []);
      return objection === undefined ? [] : [`${file.path}:${line}: ${specifier}: ${objection}`];
    }),
  );
}

function objectionTo(specifier: string, file: SourceFile, dependencies: string[]): string | undefined {
  if (specifier.startsWith('.')) return objectionToPath(specifier, file);
  if (isTest(file) && !specifier.startsWith('@holdfast/')) return undefined;
  if (specifier.startsWith('node:')) return objectionToNode(specifier, file);
  const name = packageName(specifier);
  if (name.startsWith('@holdfast/')) return objectionToRoom(name.slice('@holdfast/'.length), file);
  return dependencies.includes(name) ? undefined : `${file.room}/package.json does not name ${name}`;
}

function objectionToPath(specifier: string, { path, room }: SourceFile): string | undefined {
  const target = relative(room, join(dirname(path), specifier));
  if (target.startsWith('..')) return `leaves the room ${room}: import another room by its package name`;
  return /\.(ts|json)$/.test(specifier) ? undefined : 'relative imports end in .ts';
}

function objectionToNode(specifier: string, { room }: SourceFile): string | undefined {
  if (!MUST_BE_PURE.includes(room) || PURE.includes(specifier)) return undefined;
  return `${room} is pure: no socket, file or clock`;
}

function objectionToRoom(other: string, { room }: SourceFile): string | undefined {
  if (other === room || ROOMS[room]!.includes(other)) return undefined;
  return `${room} may import ${ROOMS[room]!.join(', ') || 'no other room'}`;
}

function packageName(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}
