/** Writes the bundles of a program: one file an entry, with all it imports, so that an image needs no packages. */
import { readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { build, type Plugin } from 'esbuild';
import { type Program, sourcePath } from './programs.ts';

/** Packages in CommonJS ask for Node's own modules by `require`, which a module does not have. */
const REQUIRE =
  "import { createRequire as createRequireOfBundle } from 'node:module';\n" +
  'const require = createRequireOfBundle(import.meta.url);';

/** Of a program that is started by its file: the one way in which our sources name one. */
const PROGRAM_URL = /new URL\('(\.{1,2}\/[^']+\.ts)', import\.meta\.url\)/g;

/** Replaces what is in `directory`. Rejects where a source cannot be bundled, or starts a file that is no entry of the program. */
export async function bundle(program: Program, directory: string): Promise<void> {
  await rm(directory, { recursive: true, force: true });
  const { warnings } = await build({
    entryPoints: Object.fromEntries(
      Object.entries(program.entries).map(([name, path]) => [name, sourcePath(path)]),
    ),
    outdir: directory,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node26',
    banner: { js: REQUIRE },
    legalComments: 'linked',
    logLevel: 'silent',
    plugins: [programUrls(program)],
  });
  // They tell of code that does something else in a bundle than in its source.
  if (warnings.length > 0) throw new Error(warnings.map(({ text }) => text).join('\n'));
  // Node.js takes the files for modules by this, and needs no guess.
  await writeFile(join(directory, 'package.json'), '{"type":"module"}\n');
}

/** Beside a bundle there are no sources: what a program starts by its file is the bundle of that file. */
function programUrls({ name, entries }: Program): Plugin {
  const bundles = new Map(Object.entries(entries).map(([entry, path]) => [sourcePath(path), entry]));
  return {
    name: 'program-urls',
    setup({ onLoad }) {
      onLoad({ filter: /\.ts$/ }, async ({ path }) => {
        const source = await readFile(path, 'utf8');
        const contents = source.replaceAll(PROGRAM_URL, (_match, target: string) => {
          const entry = bundles.get(resolve(dirname(path), target));
          if (entry === undefined)
            throw new Error(`${path} starts ${target}, which is no entry of ${name} in programs.ts`);
          return `new URL('./${entry}.js', import.meta.url)`;
        });
        return { contents, loader: 'ts' };
      });
    },
  };
}
