/** ConfigSynced: every ready instance serves the published revision, or goes back to it unless what it tries is promoted. */
import type { PublishedRevision } from '@holdfast/api/data-plane-status.ts';
import { sameRevision } from '@holdfast/protocol/revision/revision.ts';
import type { Verdict } from './desired-condition.ts';
import type { Fleet, FleetInstance } from './fleet.ts';
import { count, nameList } from './name-list.ts';

export function configSynced({ inService }: Fleet, published: PublishedRevision | undefined): Verdict {
  if (inService.length === 0)
    return { status: 'Unknown', reason: 'NoReadyInstances', message: 'no instance is ready' };
  if (published === undefined) {
    return { status: 'Unknown', reason: 'NothingPublished', message: 'no revision has been published' };
  }
  const other = inService.filter(
    (instance) => instance.document !== undefined && !serves(instance, published),
  );
  if (other.length > 0) {
    const message = `${other.length} of ${count(inService.length, 'ready instance')} without revision ${published.sequence}: ${nameList(other.map(told))}`;
    return { status: 'False', reason: 'OtherRevision', message };
  }
  const silent = inService.filter(({ document }) => document === undefined);
  if (silent.length > 0) {
    const message = `no answer from the status API of ${nameList(silent.map(({ name }) => name))}`;
    return { status: 'Unknown', reason: 'InstancesSilent', message };
  }
  const trying = inService.filter(({ document }) => document?.revision?.trial);
  const tries = trying.length === 0 ? '' : `; ${nameList(trying.map(told))} on trial`;
  const message = `${count(inService.length, 'ready instance')} on revision ${published.sequence}${tries}`;
  return { status: 'True', reason: 'Synced', message };
}

/** What is on trial is newer than what is published, and leaves at the word of the control plane, or without it. */
export function serves({ document }: FleetInstance, published: PublishedRevision): boolean {
  const revision = document?.revision;
  if (!revision) return false;
  const { lineage, sequence, trial } = revision;
  const tries = trial === true && lineage === published.lineage && sequence > published.sequence;
  return tries || sameRevision(revision, published);
}

/** A sequence of another lineage says nothing, and would look like an older or newer revision. */
function told({ name, document }: FleetInstance): string {
  const { revision } = document!;
  return revision === null ? `${name} (none)` : `${name} (${revision.sequence})`;
}
