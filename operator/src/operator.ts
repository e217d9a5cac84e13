/** Wires the parts of the operator together, starts them in order and ends them in order. */
import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import type { Connection } from '@holdfast/kube/client/connect.ts';
import { EventRecorder } from '@holdfast/kube/events/event-recorder.ts';
import { type ElectionTiming, LeaderElection } from '@holdfast/kube/leadership/leader-election.ts';
import type { LeadershipTerm } from '@holdfast/kube/leadership/term.ts';
import type { Log } from '@holdfast/kube/log.ts';
import type { SideServer } from '@holdfast/program/server/side-server.ts';
import type { HostPort } from '@holdfast/protocol/values/address.ts';
import { InstanceReader } from './instances/instance-reader.ts';
import { OperatorMetrics } from './metrics/operator-metrics.ts';
import { LeadingWork } from './reconcile/leading-work.ts';
import { type OperatorStatus, startStatusServer } from './server/status-server.ts';
import type { Settings } from './settings/settings.ts';
import { VERSION } from './version.ts';
import { Watches } from './watches/watches.ts';

const NAME = 'holdfast-operator';
/** What is at work when the program ends gets so long, milliseconds; the Lease is held meanwhile. */
const STOP_GRACE_MS = 4_000;
/** After a lost term nothing can be written any more. */
const LOST_GRACE_MS = 0;

export interface OperatorOptions {
  connection: Connection;
  log: Log;
  /** Of the instances' status API; default: the one that every instance has. */
  instancePort?: number | undefined;
  electionTiming?: Partial<ElectionTiming> | undefined;
}

export class Operator {
  readonly #settings: Settings;
  readonly #options: OperatorOptions;
  readonly #metrics = new OperatorMetrics(VERSION);
  readonly #watches: Watches;
  readonly #instances: InstanceReader;
  readonly #events: EventRecorder;
  readonly #election: LeaderElection;
  #server: SideServer | undefined;
  #work: LeadingWork | undefined;
  #ending: Promise<void> = Promise.resolve();
  #stopping = false;

  constructor(settings: Settings, options: OperatorOptions) {
    const { connection, log, instancePort, electionTiming } = options;
    const { client } = connection;
    // An earlier process in the same pod has the same host name.
    const identity = `${hostname()}-${randomBytes(4).toString('hex')}`;
    this.#settings = settings;
    this.#options = options;
    this.#watches = new Watches({ client, namespaces: settings.watchNamespaces, log });
    this.#instances = new InstanceReader({
      port: instancePort,
      onRead: (result) => this.#metrics.count('holdfast_operator_instance_reads_total', { result }),
    });
    const reporter = { controller: 'holdfast.dev/operator', instance: identity };
    this.#events = new EventRecorder({ client, reporter, log });
    this.#election = new LeaderElection({
      client,
      namespace: settings.namespace,
      name: NAME,
      identity,
      onLeading: (term) => this.#lead(term),
      log,
      timing: electionTiming,
    });
  }

  /** Resolves when the status server answers; it is ready once every resource has been listed. */
  async start(): Promise<HostPort> {
    this.#server = await startStatusServer(this.#settings.status, {
      status: () => this.#status(),
      metrics: async () => ({ contentType: this.#metrics.contentType, text: await this.#scrape() }),
    });
    this.#watches.start();
    // A replica that knows nothing yet must not keep one from leading that does.
    this.#watches.synced().then(
      () => !this.#stopping && this.#election.start(),
      () => {},
    );
    return this.#server.address;
  }

  /** Ends what is at work, then gives the Lease back. */
  async stop(): Promise<void> {
    this.#stopping = true;
    await this.#endWork(STOP_GRACE_MS);
    await this.#events.stop();
    await this.#election.stop();
    await this.#watches.stop();
    this.#server?.close();
    await this.#options.connection.close();
  }

  #lead(term: LeadershipTerm): void {
    if (this.#stopping) return;
    const { connection, log } = this.#options;
    const work = new LeadingWork(
      {
        client: connection.client,
        platform: this.#settings.platform,
        watches: this.#watches,
        instances: this.#instances,
        events: this.#events,
        log,
        onOutcome: (outcome, durationMs) => this.#metrics.reconciled(outcome, durationMs),
        onChildWrite: (kind, outcome) =>
          this.#metrics.count('holdfast_operator_child_writes_total', { kind, outcome }),
        onStatusWrite: () => this.#metrics.count('holdfast_operator_status_writes_total'),
      },
      term,
    );
    this.#work = work;
    term.signal.addEventListener('abort', () => void this.#endWork(LOST_GRACE_MS), { once: true });
    work.start();
  }

  #endWork(graceMs: number): Promise<void> {
    const work = this.#work;
    this.#work = undefined;
    if (work !== undefined) this.#ending = work.stop(graceMs);
    return this.#ending;
  }

  #status(): OperatorStatus {
    return {
      version: VERSION,
      ready: this.#watches.hasSynced && !this.#stopping,
      leading: this.#election.term !== undefined,
      leader: this.#election.holder ?? null,
    };
  }

  #scrape(): Promise<string> {
    return this.#metrics.scrape({
      queueLength: this.#work?.queueLength ?? 0,
      dataPlanes: this.#watches.dataPlanes.list().length,
      isSynced: this.#watches.hasSynced,
      isLeading: this.#election.term !== undefined,
      election: this.#election.counts,
      events: this.#events.counts,
      watches: Object.fromEntries(this.#watches.all.map(({ resource, counts }) => [resource.plural, counts])),
    });
  }
}
