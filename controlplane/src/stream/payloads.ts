/** Encoded messages about revisions: written and compressed once, however many instances they are sent to (I8). */
import type { Resource, ResourceKey } from '@holdfast/protocol/configuration/types.ts';
import { diff } from '@holdfast/protocol/revision/delta.ts';
import type { ResourceSet, Revision, RevisionId } from '@holdfast/protocol/revision/revision.ts';
import { encodeMessage } from '@holdfast/protocol/stream/codec.ts';
import type { ControlPlaneMessage } from '@holdfast/protocol/stream/messages.ts';

export interface Payload {
  type: ControlPlaneMessage['type'];
  data: Buffer;
  /** For a binary frame; otherwise a text frame. */
  binary: boolean;
}

/** Above the number of DataPlanes, whose instances may come back in any order; most payloads are small. */
const MAX_ENTRIES = 1_024;
const MAX_BYTES = 64 * 1024 * 1024;

export class Payloads {
  /** The least recently used first. */
  readonly #kept = new Map<string, Payload>();
  #bytes = 0;

  /** With `confirmByMs` on trial, here and below. */
  snapshot({ id, resources }: Revision, confirmByMs?: number): Payload {
    return this.#once(`snapshot ${nameOf(id)} ${confirmByMs}`, () => {
      const entries = [...resources].map(([key, { resource }]): [ResourceKey, Resource] => [key, resource]);
      return encode({ type: 'snapshot', revision: id, resources: entries, ...onTrial(confirmByMs) });
    });
  }

  /** The cheaper way from what an instance has to `to`: a delta, or the snapshot where that is smaller. */
  change(from: RevisionId, base: ResourceSet, to: Revision, confirmByMs?: number): Payload {
    return this.#once(`change ${nameOf(from)} ${nameOf(to.id)} ${confirmByMs}`, () => {
      const { upserts, removals } = diff(base, to.resources);
      const delta = encode({ type: 'delta', from, to: to.id, upserts, removals, ...onTrial(confirmByMs) });
      // A small change is sure to be the smaller one; a snapshot is not encoded only to find that out.
      if ((upserts.length + removals.length) * 2 < to.resources.size) return delta;
      const snapshot = this.snapshot(to, confirmByMs);
      return delta.data.length < snapshot.data.length ? delta : snapshot;
    });
  }

  #once(name: string, make: () => Payload): Payload {
    const kept = this.#kept.get(name);
    if (kept !== undefined) {
      this.#kept.delete(name);
      this.#kept.set(name, kept);
      return kept;
    }
    const payload = make();
    this.#kept.set(name, payload);
    this.#bytes += payload.data.length;
    this.#evict();
    return payload;
  }

  #evict(): void {
    for (const [name, { data }] of this.#kept) {
      if (this.#kept.size <= MAX_ENTRIES && this.#bytes <= MAX_BYTES) return;
      this.#kept.delete(name);
      this.#bytes -= data.length;
    }
  }
}

export function encode(message: ControlPlaneMessage): Payload {
  const encoded = encodeMessage(message);
  const binary = typeof encoded !== 'string';
  return { type: message.type, data: binary ? encoded : Buffer.from(encoded), binary };
}

function onTrial(confirmByMs: number | undefined): { confirmByMs?: number } {
  return confirmByMs === undefined ? {} : { confirmByMs };
}

function nameOf({ lineage, sequence, hash }: RevisionId): string {
  return `${lineage} ${sequence} ${hash}`;
}
