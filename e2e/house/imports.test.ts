import { existsSync, readFileSync } from 'node:fs';
import { repositoryPath } from '../harness/paths.ts';
import { forbiddenImports, ROOMS } from './import-rules.ts';
import { importsOf, isComment, isTest, type SourceFile, sourceFiles } from './source-file.ts';

const FILES = sourceFiles(repositoryPath('.'), Object.keys(ROOMS));
const PROGRAMS = ['operator', 'controlplane', 'dataplane', 'bench'];

function declaredDependencies(room: string): string[] {
  const path = repositoryPath(`${room}/package.json`);
  if (!existsSync(path)) return [];
  const { dependencies = {} } = JSON.parse(readFileSync(path, 'utf8')) as {
    dependencies?: Record<string, string>;
  };
  return Object.keys(dependencies);
}

function file(path: string, ...lines: string[]): SourceFile {
  return { path, room: path.split('/')[0]!, lines };
}

test('every import of every room is one that the design allows', () => {
  const dependencies = Object.fromEntries(
    Object.keys(ROOMS).map((room) => [room, declaredDependencies(room)]),
  );
  expect(FILES.length).toBeGreaterThan(10);
  expect(forbiddenImports(FILES, dependencies)).toEqual([]);
});

test('only main.ts and settings/ of a program read the environment', () => {
  const readers = FILES.filter((source) => PROGRAMS.includes(source.room) && !isTest(source))
    .filter(({ path }) => !/(^|\/)(main\.ts|settings\/.*)$/.test(path))
    .flatMap(({ path, lines }) =>
      lines.flatMap((line, index) =>
        !isComment(line) && /\bprocess\.env\b/.test(line) ? [`${path}:${index + 1}: ${line.trim()}`] : [],
      ),
    );
  expect(readers).toEqual([]);
});

test('every source file opens with a sentence that says what it is for', () => {
  const silent = FILES.filter((source) => !isTest(source)).filter(
    ({ lines }) => !/^(#!|\/\*\*)/.test(lines[0]!),
  );
  expect(silent.map(({ path }) => path)).toEqual([]);
});

test.each([
  [
    file('dataplane/src/a.ts', '', "import { b } from '@holdfast/controlplane/b.ts';"),
    'dataplane/src/a.ts:2:',
  ],
  [file('dataplane/src/a.ts', "export * from '../../protocol/src/b.ts';"), 'leaves the room'],
  [file('dataplane/src/a.ts', "const b = await import('left-pad');"), 'does not name left-pad'],
  [file('protocol/src/a.ts', "import { readFile } from 'node:fs/promises';"), 'pure'],
  [file('protocol/src/a.ts', "import type { B } from './b';"), 'end in .ts'],
  [file('controlplane/src/a.test.ts', "import { b } from '@holdfast/dataplane/b.ts';"), 'may import'],
])('%j is an offence', (source, message) => {
  expect(forbiddenImports([source], {}).join()).toContain(message);
});

test.each([
  file(
    'dataplane/src/a.ts',
    "import { b } from '@holdfast/protocol/b.ts';",
    "import 'node:fs';",
    "import ws from 'ws';",
  ),
  file('protocol/src/a.test.ts', "import fc from 'fast-check';"),
  file('protocol/src/a.ts', "// import 'node:fs' would be wrong here", " * from 'nowhere'"),
])('%j is none', (source) => {
  expect(forbiddenImports([source], { dataplane: ['ws'] })).toEqual([]);
});

test('imports over several lines are found where they name the module', () => {
  expect(importsOf(file('api/a.ts', 'import {', '  a,', "} from './b.ts';"))).toEqual([
    { specifier: './b.ts', line: 3 },
  ]);
});
