/** The publisher: keeps a publication for each DataPlane that a source speaks for. Stream and API see no more of a source than this. */
import type { RevisionId } from '@holdfast/protocol/revision/revision.ts';
import type { RetainedRevision } from './revisions/history.ts';
import type { Publication } from './revisions/publication.ts';
import type { Member } from './rollout/rollout.ts';
import type { Scope } from './sources/source.ts';
import type { Payload } from './stream/payloads.ts';
import type { Tokens } from './stream/tokens.ts';

/** A connected instance: what it serves, on trial or not, and what it refused last. */
export interface Standing {
  instance: string;
  serves: RevisionId | undefined;
  refused: RevisionId | undefined;
}

/** Those who are connected. */
export interface Audience {
  standings(scope: Scope): Standing[];
  /** How each instance of the scope stands to a revision that is being rolled out. */
  members(scope: Scope, candidate: RetainedRevision): Member[];
  /** Tells those that have something on trial to keep it for longer. */
  renew(scope: Scope): void;
  /** Sends each instance of the scope what it should have now. */
  advance(scope: Scope): void;
  /** Says goodbye to all: another replica is to lead. */
  dismiss(): void;
}

export interface Publisher {
  /** Absent: hello is trusted, which is for loopback only (I7). */
  readonly tokens: Tokens | undefined;
  /** True once the source has been read completely. */
  readonly synced: boolean;
  /** False on a standby. */
  readonly leads: boolean;
  /** What is published for a DataPlane; undefined where nothing ever was. */
  publicationFor(dataPlane: string): Publication | undefined;
  publications(): Iterable<Publication>;
  /** What is known of the Services that its configuration names; undefined where nothing is told. */
  factsFor(dataPlane: string): Payload | undefined;
  /** The zone that an instance is in; undefined where it is not known, or not yet. */
  zoneOf(dataPlane: string, instance: string): string | undefined;
  /** Takes up what is stored. To be called once, before `start`. */
  load(audience: Audience): Promise<void>;
  /** Begins with the source. Resolves when instances may come. */
  start(): Promise<void>;
  close(): Promise<void>;
}
