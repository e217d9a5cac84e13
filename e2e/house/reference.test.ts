import { readFileSync } from 'node:fs';
import { statusDocument } from '@holdfast/dataplane/status/instance-status.ts';
import { STATUS_FIELDS } from '@holdfast/protocol/status/status-document.ts';
import { renderReference } from './reference.ts';

test('docs/reference.md says what the programs have; `make reference` writes it', () => {
  expect(readFileSync(new URL('../../docs/reference.md', import.meta.url), 'utf8')).toBe(renderReference());
});

test('every field of a status document is described, and none that it does not have', () => {
  const document = statusDocument({
    instance: 'one',
    dataPlane: 'default/edge',
    version: '1.2.3',
    listenersBound: true,
    draining: true,
    revision: { lineage: 'l', sequence: 1, hash: 'sha256:0', origin: 'disk', trial: false },
    revisionKnown: true,
    controlPlane: { connected: false, endpoint: null, since: '2026-01-01T00:00:00Z' },
    workersDesired: 2,
    workersServing: { withRevision: 1, withoutRevision: 0 },
    everServed: true,
    silentMs: 0,
  });
  expect(Object.keys(STATUS_FIELDS).sort()).toEqual(fieldsOf(document).sort());
});

function fieldsOf(value: object, prefix = ''): string[] {
  return Object.entries(value).flatMap(([name, field]) => {
    const path = prefix + name;
    if (Array.isArray(field)) return fieldsOf(field[0], `${path}[].`);
    return field !== null && typeof field === 'object' ? fieldsOf(field, `${path}.`) : [path];
  });
}
