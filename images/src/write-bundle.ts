/** Writes the bundles of one program into a directory: `write-bundle.ts PROGRAM DIRECTORY`. */
import { bundle } from './bundle.ts';
import { programNamed } from './programs.ts';

const [name = '', directory = ''] = process.argv.slice(2);
if (directory === '') throw new RangeError('expected PROGRAM DIRECTORY');
await bundle(programNamed(name), directory);
