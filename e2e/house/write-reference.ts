/** Writes docs/reference.md anew. */
import { writeFileSync } from 'node:fs';
import { renderReference } from './reference.ts';

writeFileSync(new URL('../../docs/reference.md', import.meta.url), renderReference());
