/** A TypeScript file of a room, as the house rules look at it. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';

export interface SourceFile {
  /** From the top of the checkout. */
  path: string;
  room: string;
  lines: string[];
}

export interface Import {
  /** As it is written. */
  specifier: string;
  /** Counted from 1. */
  line: number;
}

const IMPORT = /(?:^|[\s;}])(?:from|import)\s*\(?\s*(['"])([^'"]+)\1/g;

/** Every file of the rooms that exist. */
export function sourceFiles(root: string, rooms: string[]): SourceFile[] {
  return rooms.flatMap((room) =>
    typeScriptFiles(join(root, room)).map((path) => ({
      path: relative(root, path),
      room,
      lines: readFileSync(path, 'utf8').split('\n'),
    })),
  );
}

/** Static, type-only, re-exporting and dynamic imports alike; comments apart. */
export function importsOf({ lines }: SourceFile): Import[] {
  return lines.flatMap((text, index) =>
    isComment(text)
      ? []
      : [...text.matchAll(IMPORT)].map(([, , specifier]) => ({ specifier: specifier!, line: index + 1 })),
  );
}

/** A test, or what tests use. */
export function isTest({ path }: SourceFile): boolean {
  return path.endsWith('.test.ts') || path.includes('/fixtures/');
}

export function isComment(line: string): boolean {
  return /^\s*(\/\/|\/?\*)/.test(line);
}

function typeScriptFiles(directory: string): string[] {
  if (!existsSync(directory)) return [];
  return readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts') && !path.split('/').includes('node_modules'))
    .map((path) => join(directory, path));
}
