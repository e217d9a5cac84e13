/** Elects one leader among replicas by a Lease: campaigns for ever, renews while it leads, gives back when it is stopped. */
import type { ApiClient } from '../client/api-client.ts';
import { pause } from '../client/pause.ts';
import { describeError, isApiError, KubeError } from '../errors.ts';
import { type Log, SILENT_LOG } from '../log.ts';
import type { KubeObject } from '../objects/object.ts';
import { claimedSpec, LEASES, type Lease, LeaseObservation, type LeaseSpec, releasedSpec } from './lease.ts';
import { LeadershipTerm } from './term.ts';

/** Milliseconds; `retryMs` < `renewDeadlineMs` < `leaseDurationMs`. */
export interface ElectionTiming {
  /** After which without a renewal seen, others take the lease. */
  leaseDurationMs: number;
  /** After which without a renewal, the leader has stopped to lead. */
  renewDeadlineMs: number;
  /** Between two tries; those who wait for the lease add up to 1.2 times as much. */
  retryMs: number;
}

export interface LeaderElectionOptions {
  /** Not fenced: it writes the lease. */
  client: ApiClient;
  namespace: string;
  /** Of the Lease. */
  name: string;
  /** Of this process, unlike every other's, an earlier one in the same pod included. */
  identity: string;
  /** A term begins. Work that writes goes through `client.fenced(term)`. What it throws ends the term. */
  onLeading: (term: LeadershipTerm) => void;
  log?: Log | undefined;
  timing?: Partial<ElectionTiming> | undefined;
  random?: (() => number) | undefined;
}

/** Since the start; for metrics. */
export interface ElectionCounts {
  termsBegun: number;
  termsLost: number;
  failures: number;
}

const TIMING: ElectionTiming = { leaseDurationMs: 15_000, renewDeadlineMs: 10_000, retryMs: 2_000 };
/** A try that hangs must leave time for another one before the deadline. */
const REQUEST_MS = 4_000;
const RELEASE_MS = 2_000;
const WAITING_JITTER = 1.2;
const FIELD_MANAGER = 'leader-election';

export class LeaderElection {
  readonly counts: ElectionCounts = { termsBegun: 0, termsLost: 0, failures: 0 };
  readonly #options: LeaderElectionOptions;
  readonly #timing: ElectionTiming;
  readonly #log: Log;
  readonly #random: () => number;
  readonly #observation = new LeaseObservation();
  readonly #stop = new AbortController();
  readonly #now = () => performance.now();
  #running: Promise<void> | undefined;
  #term: LeadershipTerm | undefined;
  /** As it was last read or written. */
  #lease: Lease | undefined;
  #holder: string | undefined;

  constructor(options: LeaderElectionOptions) {
    this.#options = options;
    this.#timing = checkedTiming({ ...TIMING, ...options.timing });
    if (options.identity === '') throw new TypeError('identity: expected a name of this process, found none');
    this.#log = options.log ?? SILENT_LOG;
    this.#random = options.random ?? Math.random;
  }

  /** The term while it holds. */
  get term(): LeadershipTerm | undefined {
    return this.#term?.holds ? this.#term : undefined;
  }

  /** Who holds the lease, as last seen. */
  get holder(): string | undefined {
    return this.#holder;
  }

  start(): void {
    this.#running ??= this.#run();
  }

  /** Ends the term and gives the lease back. To be called when the work of the term has ended. */
  async stop(): Promise<void> {
    this.#stop.abort(new KubeError('STOPPED', 'the election was stopped'));
    await this.#running;
    const held = this.term !== undefined;
    this.#term?.end('this replica stops');
    if (held) await this.#release();
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      await this.#try();
      const { retryMs } = this.#timing;
      await pause(
        this.term === undefined ? retryMs * (1 + WAITING_JITTER * this.#random()) : retryMs,
        signal,
      );
    }
  }

  async #try(): Promise<void> {
    // From before the request: others count from when they saw it, which is later.
    const untilMs = this.#now() + this.#timing.renewDeadlineMs;
    try {
      if (await this.#claim()) this.#lead(untilMs);
    } catch (error) {
      if (this.#stop.signal.aborted) return;
      // To lose a race for the lease is how an election goes.
      if (isApiError(error, 'Conflict', 'AlreadyExists')) return;
      this.counts.failures += 1;
      this.#log.warn(
        { ...this.#name, problem: describeError(error) },
        'the lease could not be read or written',
      );
    }
  }

  /** True where the lease is ours now. */
  async #claim(): Promise<boolean> {
    if (this.term !== undefined && this.#lease !== undefined && (await this.#renew(this.#lease))) return true;
    const askedMs = this.#now();
    const lease = await this.#options.client.find<Lease>(LEASES, this.#name, this.#requestOptions());
    if (lease === undefined) {
      await this.#create();
      return true;
    }
    const spec = lease.spec ?? {};
    this.#see(spec);
    this.#observation.observe(spec, askedMs);
    const { identity } = this.#options;
    const free = this.#observation.isFree(spec, this.#timing.leaseDurationMs, this.#now());
    if (spec.holderIdentity !== identity && !free) {
      this.#term?.end(`the lease is held by ${spec.holderIdentity}`);
      return false;
    }
    await this.#write(lease);
    return true;
  }

  /** Without reading first; false where the lease was changed by others meanwhile, if only an annotation. */
  async #renew(lease: Lease): Promise<boolean> {
    try {
      await this.#write(lease);
      return true;
    } catch (error) {
      if (isApiError(error, 'Conflict', 'NotFound')) return false;
      throw error;
    }
  }

  async #create(): Promise<void> {
    const lease: Lease = {
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: this.#name,
      spec: this.#claimed({}),
    };
    this.#wrote(await this.#options.client.create(LEASES, lease, this.#writeOptions()));
  }

  async #write(lease: Lease): Promise<void> {
    const claimed = { ...lease, spec: { ...lease.spec, ...this.#claimed(lease.spec ?? {}) } };
    this.#wrote(await this.#options.client.replace(LEASES, claimed, this.#writeOptions()));
  }

  #wrote(lease: Lease): void {
    this.#lease = lease;
    this.#see(lease.spec ?? {});
  }

  #lead(untilMs: number): void {
    if (this.#term?.extend(untilMs)) return;
    // Answered after its own deadline, as when this process was stopped meanwhile: the next try begins the term.
    if (this.#stop.signal.aborted || this.#now() >= untilMs) return;
    const term = new LeadershipTerm(untilMs, this.#now);
    this.#term = term;
    this.counts.termsBegun += 1;
    this.#log.info(this.#name, 'this replica leads');
    term.signal.addEventListener('abort', () => this.#ended(term), { once: true });
    try {
      this.#options.onLeading(term);
    } catch (error) {
      this.#log.error({ problem: describeError(error) }, 'leading could not begin');
      term.end('leading could not begin');
    }
  }

  #ended({ signal }: LeadershipTerm): void {
    if (this.#stop.signal.aborted) return;
    this.counts.termsLost += 1;
    this.#log.warn(
      { ...this.#name, problem: describeError(signal.reason) },
      'this replica does not lead any more',
    );
  }

  /**
   * Whoever comes next need not wait for the lease to expire. A failure costs only that wait. It is read again: a renewal
   * that the stop cut off may have been written all the same.
   */
  async #release(): Promise<void> {
    const { client, identity } = this.#options;
    const request = { retries: 0, timeoutMs: RELEASE_MS };
    try {
      const lease = await client.find<Lease>(LEASES, this.#name, request);
      if (lease?.spec?.holderIdentity !== identity) return;
      const released = { ...lease, spec: releasedSpec(lease.spec, new Date()) };
      await client.replace(LEASES, released, { ...request, fieldManager: FIELD_MANAGER });
      this.#log.info(this.#name, 'the lease is given back');
    } catch (error) {
      this.#log.warn({ ...this.#name, problem: describeError(error) }, 'the lease could not be given back');
    }
  }

  #see({ holderIdentity }: LeaseSpec): void {
    const holder = holderIdentity || undefined;
    if (holder === this.#holder) return;
    this.#holder = holder;
    this.#log.info({ ...this.#name, holder }, 'the lease has a new holder');
  }

  #claimed(before: LeaseSpec): LeaseSpec {
    return claimedSpec(before, this.#options.identity, this.#timing.leaseDurationMs, new Date());
  }

  get #name(): KubeObject['metadata'] & { namespace: string } {
    const { namespace, name } = this.#options;
    return { namespace, name };
  }

  /** Not tried again inside the client: a wait there would outlast the deadline. */
  #requestOptions() {
    const { renewDeadlineMs } = this.#timing;
    const timeoutMs = Math.max(
      1,
      Math.min(REQUEST_MS, renewDeadlineMs / 2, this.term?.remainingMs ?? REQUEST_MS),
    );
    return { retries: 0, timeoutMs, signal: this.#stop.signal };
  }

  #writeOptions() {
    return { ...this.#requestOptions(), fieldManager: FIELD_MANAGER };
  }
}

function checkedTiming(timing: ElectionTiming): ElectionTiming {
  const { leaseDurationMs, renewDeadlineMs, retryMs } = timing;
  if (!(retryMs > 0)) throw new RangeError(`retryMs: expected above 0, found ${retryMs}`);
  if (!(renewDeadlineMs > retryMs)) {
    throw new RangeError(`renewDeadlineMs: expected above retryMs (${retryMs}), found ${renewDeadlineMs}`);
  }
  if (!(leaseDurationMs > renewDeadlineMs)) {
    throw new RangeError(
      `leaseDurationMs: expected above renewDeadlineMs (${renewDeadlineMs}), found ${leaseDurationMs}`,
    );
  }
  return timing;
}
