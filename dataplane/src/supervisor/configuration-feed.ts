/** Brings one worker to the newest configuration: in bounded messages, one commit at a time, never a queue of old states. */
import type { ResourceKey } from '@holdfast/protocol/configuration/types.ts';
import type { FactKey } from '@holdfast/protocol/facts/facts.ts';
import type { RevisionId } from '@holdfast/protocol/revision/revision.ts';
import type { Changes, ConfigurationMirror } from './configuration-mirror.ts';
import type { SupervisorToWorker } from './worker-messages.ts';

/** Bytes of text in one message; a resource or fact that is longer alone goes alone. */
const MESSAGE_BYTES = 64 * 1024;
/** A worker that answers its heartbeat and not a commit would hold back every acknowledgement for ever. */
const COMMIT_ANSWER_MS = 30_000;

export interface FeedOptions {
  mirror: ConfigurationMirror;
  /** Resolves when the channel has taken the message, rejects when the worker is gone. */
  send: (message: SupervisorToWorker) => Promise<void>;
  /** A commit was not answered within 30 s. */
  onUnanswered: () => void;
}

/**
 * It remembers only which keys the worker lacks, and reads their texts from the mirror when it can send. So a slow
 * worker costs no memory, and gets the newest state when it is ready for one.
 */
export class ConfigurationFeed {
  readonly #mirror: ConfigurationMirror;
  readonly #options: FeedOptions;
  readonly #resources: Set<ResourceKey>;
  readonly #facts: Set<FactKey>;
  /** Sent since the last answered commit: a worker that refuses has dropped them. */
  readonly #sentResources = new Set<ResourceKey>();
  readonly #sentFacts = new Set<FactKey>();
  #commitDue = true;
  #committing: RevisionId | undefined;
  #answerTimer: NodeJS.Timeout | undefined;
  #sending = false;
  #closed = false;
  #serving: RevisionId | undefined;

  constructor(options: FeedOptions) {
    this.#options = options;
    this.#mirror = options.mirror;
    this.#resources = new Set(this.#mirror.resources.keys());
    this.#facts = new Set(this.#mirror.facts.keys());
    void this.#run();
  }

  /** What the worker has confirmed to serve. */
  get serving(): RevisionId | undefined {
    return this.#serving;
  }

  /** The revision of the commit that the worker has not answered. */
  get committing(): RevisionId | undefined {
    return this.#committing;
  }

  /** The mirror changed. */
  push(changes: Changes): void {
    for (const key of changes.resources) this.#resources.add(key);
    for (const key of changes.facts) this.#facts.add(key);
    this.#commitDue = true;
    void this.#run();
  }

  /** The worker answered its commit. */
  served(revision: RevisionId): void {
    this.#serving = revision;
    this.#forgetSent();
    this.#answered();
    void this.#run();
  }

  /** The worker refused its commit and is back at what it served before. What it dropped goes with the next commit. */
  refused(): void {
    for (const key of this.#sentResources) this.#resources.add(key);
    for (const key of this.#sentFacts) this.#facts.add(key);
    this.#forgetSent();
    this.#answered();
  }

  /** Goes on after a refusal, if the mirror has changed since the refused commit. */
  resume(): void {
    void this.#run();
  }

  close(): void {
    this.#closed = true;
    this.#answered();
  }

  async #run(): Promise<void> {
    if (this.#sending) return;
    this.#sending = true;
    try {
      while (this.#mayCommit()) await this.#sendOneCommit();
    } catch {
      // The channel is closed; the exit of the process is noticed by its owner.
      this.close();
    }
    this.#sending = false;
  }

  /** Facts wait for the first revision, and where there is none to go back to, a worker keeps what it serves. */
  #mayCommit(): boolean {
    const idle = this.#committing === undefined && !this.#closed;
    return idle && this.#commitDue && this.#mirror.current !== null;
  }

  /** What changes while messages are on their way is sent as well, so that the commit names exactly what was sent. */
  async #sendOneCommit(): Promise<void> {
    while (this.#resources.size + this.#facts.size > 0) {
      for (const message of this.#takeMessages()) await this.#options.send(message);
      if (this.#closed) return;
    }
    const revision = this.#mirror.current?.id;
    if (revision === undefined) return;
    this.#commitDue = false;
    this.#committing = revision;
    this.#answerTimer = setTimeout(this.#options.onUnanswered, COMMIT_ANSWER_MS).unref();
    await this.#options.send({ type: 'commit', revision });
  }

  #takeMessages(): SupervisorToWorker[] {
    const resources = take(this.#resources, this.#mirror.resources, this.#sentResources, MESSAGE_BYTES);
    const facts = take(this.#facts, this.#mirror.facts, this.#sentFacts, MESSAGE_BYTES - resources.bytes);
    const messages: SupervisorToWorker[] = [];
    if (resources.puts.length + facts.puts.length > 0) {
      messages.push({ type: 'put', resources: resources.puts, facts: facts.puts });
    }
    if (resources.deletes.length + facts.deletes.length > 0) {
      messages.push({ type: 'delete', resources: resources.deletes, facts: facts.deletes });
    }
    return messages;
  }

  #forgetSent(): void {
    this.#sentResources.clear();
    this.#sentFacts.clear();
  }

  #answered(): void {
    clearTimeout(this.#answerTimer);
    this.#committing = undefined;
  }
}

/** Moves keys from `lacking` to `sent` until `budget` bytes of text are full; one at least where the budget is whole. */
function take<K extends string>(
  lacking: Set<K>,
  texts: ReadonlyMap<K, string>,
  sent: Set<K>,
  budget: number,
) {
  const taken = { puts: [] as [K, string][], deletes: [] as K[], bytes: 0 };
  for (const key of lacking) {
    const text = texts.get(key);
    const bytes = Buffer.byteLength(key) + (text === undefined ? 0 : Buffer.byteLength(text));
    const first = taken.bytes === 0 && budget === MESSAGE_BYTES;
    if (taken.bytes + bytes > budget && !first) break;
    taken.bytes += bytes;
    lacking.delete(key);
    sent.add(key);
    if (text === undefined) taken.deletes.push(key);
    else taken.puts.push([key, text]);
  }
  return taken;
}
