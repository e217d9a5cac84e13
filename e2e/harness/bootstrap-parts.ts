/** A bootstrap directory as a mounted Secret brings it: its parts appear whole, in one moment. */
import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { packBootstrap, partName } from '@holdfast/protocol/bootstrap/bootstrap.ts';
import type { ConfigurationDocument, Resource, ResourceKey } from '@holdfast/protocol/configuration/types.ts';
import { hashResources } from '@holdfast/protocol/revision/hash.ts';
import { resourceSet } from '@holdfast/protocol/revision/resource-set.ts';
import type { Revision } from '@holdfast/protocol/revision/revision.ts';

export function revisionOf(document: ConfigurationDocument, sequence = 1): Revision {
  const routes = (document.routes ?? []).map((route): [ResourceKey, Resource] => [
    `route/${route.name}`,
    route,
  ]);
  const backends = (document.backends ?? []).map((backend): [ResourceKey, Resource] => [
    `backend/${backend.name}`,
    backend,
  ]);
  const resources = resourceSet([...routes, ...backends]);
  return { id: { lineage: 'of-the-bootstrap', sequence, hash: hashResources(resources) }, resources };
}

export async function bootstrapParts(revision: Revision, dataPlane = 'default/edge'): Promise<Buffer[]> {
  return await packBootstrap({ dataPlane, facts: [], revisions: [{ level: 1, revision }] });
}

export function putParts(directory: string, parts: readonly Buffer[]): void {
  mkdirSync(directory, { recursive: true });
  for (const [index, part] of parts.entries()) {
    writeFileSync(join(directory, 'next'), part);
    renameSync(join(directory, 'next'), join(directory, partName(index)));
  }
}
