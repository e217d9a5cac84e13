/** The fleet view: every instance that has said hello, and how it stands to what is published for it. */
import type { RevisionId } from '@holdfast/protocol/revision/revision.ts';
import type { Hello, Reason, Report } from '@holdfast/protocol/stream/messages.ts';

/** Every state with what it means; the reference documentation lists them from here. */
export const INSTANCE_STATES = {
  Synced: 'connected, and it serves the active revision',
  Behind: 'connected, and it has not taken the active revision yet, or there is none',
  Ahead:
    'connected, and it serves a later revision of the same lineage; the next one published goes above it',
  Refused: 'connected, and it refused the active revision; it serves the one before',
  VersionSkew: 'connected, and it is too old for the active revision; it serves the one before',
  LostContact: 'its stream ended without a goodbye; it goes on serving what it has',
  Gone: 'it ended after draining, or there was no contact for 10 minutes',
} as const;

export type InstanceState = keyof typeof INSTANCE_STATES;
export type ConnectedState = Exclude<InstanceState, 'LostContact' | 'Gone'>;

const GONE_AFTER_MS = 10 * 60_000;
const FORGOTTEN_AFTER_MS = 60 * 60_000;
/** Instances without a stream that are remembered; the longest lost are forgotten first. */
const MAX_DISCONNECTED = 1_000;
const FORGET_EVERY_MS = 1_000;

export interface InstanceView {
  instance: string;
  dataPlane: string;
  state: InstanceState;
  /** Since when it has that state, RFC 3339. */
  since: string;
  /** What it serves, as far as it told. */
  revision: RevisionId | null;
  /** Why it refused a revision, or cannot be sent it. */
  reasons: Reason[];
  connected: boolean;
  remoteAddress: string;
  version: string;
  schemaLevel: number;
  /** The latest one, with the time it came. */
  report: (Omit<Report, 'type'> & { at: string }) | null;
}

/** The stream that speaks for an instance; of two with one name the later. */
export type Owner = object;

interface Entry {
  view: InstanceView;
  owner: Owner | undefined;
  disconnectedAt: number;
}

export class Fleet {
  readonly #entries = new Map<string, Entry>();
  readonly #now: () => number;
  readonly #date: () => number;
  #forgotAt = 0;

  /** Both give milliseconds: `now` is what durations are measured by, which no setting of the clock changes; `date` is since 1970. */
  constructor(now: () => number = () => performance.now(), date: () => number = Date.now) {
    this.#now = now;
    this.#date = date;
  }

  /** Gives the owner before, if it still speaks: two instances with one name, or a stream that is lost unnoticed. */
  connect(owner: Owner, hello: Hello, remoteAddress: string): Owner | undefined {
    const { instance, dataPlane, version, schemaLevel, have } = hello;
    const key = keyOf(dataPlane, instance);
    const before = this.#entries.get(key);
    const view: InstanceView = {
      instance,
      dataPlane,
      state: 'Behind',
      since: this.#time(),
      revision: have ?? null,
      reasons: [],
      connected: true,
      remoteAddress,
      version,
      schemaLevel,
      // Who comes back from being gone was started again, and has not reported yet.
      report: before === undefined || before.view.state === 'Gone' ? null : before.view.report,
    };
    this.#entries.set(key, { view, owner, disconnectedAt: 0 });
    return before?.owner === owner ? undefined : before?.owner;
  }

  update(
    owner: Owner,
    hello: Hello,
    state: ConnectedState,
    revision: RevisionId | undefined,
    reasons: Reason[] = [],
  ): void {
    const entry = this.#owned(owner, hello);
    if (entry === undefined) return;
    const since = entry.view.state === state ? entry.view.since : this.#time();
    entry.view = { ...entry.view, state, since, revision: revision ?? null, reasons };
  }

  report(owner: Owner, hello: Hello, { type: _, ...report }: Report): void {
    const entry = this.#owned(owner, hello);
    if (entry !== undefined) entry.view = { ...entry.view, report: { ...report, at: this.#time() } };
  }

  disconnect(owner: Owner, hello: Hello): void {
    const entry = this.#owned(owner, hello);
    if (entry === undefined) return;
    const state = entry.view.report?.draining ? 'Gone' : 'LostContact';
    entry.view = { ...entry.view, state, since: this.#time(), connected: false };
    entry.owner = undefined;
    entry.disconnectedAt = this.#now();
    // Moved to the end, so that the disconnected ones stand in the order in which they were lost.
    const key = keyOf(hello.dataPlane, hello.instance);
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    // Not each time: when a network is cut, thousands are lost at once.
    if (this.#now() - this.#forgotAt > FORGET_EVERY_MS) this.#forget();
  }

  /** Ordered by DataPlane and name. */
  list(): InstanceView[] {
    this.#forget();
    const views = [...this.#entries.values()].map((entry) => entry.view);
    return views.sort((a, b) => compare(keyOf(a.dataPlane, a.instance), keyOf(b.dataPlane, b.instance)));
  }

  #forget(): void {
    this.#forgotAt = this.#now();
    const disconnected = [...this.#entries].filter(([, entry]) => entry.owner === undefined);
    const excess = disconnected.length - MAX_DISCONNECTED;
    for (const [index, [key, entry]] of disconnected.entries()) {
      const silentMs = this.#now() - entry.disconnectedAt;
      if (index < excess || silentMs > FORGOTTEN_AFTER_MS) this.#entries.delete(key);
      else if (silentMs > GONE_AFTER_MS && entry.view.state === 'LostContact') {
        const since = new Date(Date.parse(entry.view.since) + GONE_AFTER_MS).toISOString();
        entry.view = { ...entry.view, state: 'Gone', since };
      }
    }
  }

  #owned(owner: Owner, { dataPlane, instance }: Hello): Entry | undefined {
    const entry = this.#entries.get(keyOf(dataPlane, instance));
    return entry?.owner === owner ? entry : undefined;
  }

  #time(): string {
    return new Date(this.#date()).toISOString();
  }
}

function keyOf(dataPlane: string, instance: string): string {
  return `${dataPlane} ${instance}`;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
