/** The publisher of documents in ConfigMaps: of several replicas the one that leads publishes, the others know what it knows. */
import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { type Connection, connect } from '@holdfast/kube/client/connect.ts';
import { describeError } from '@holdfast/kube/errors.ts';
import { type ElectionTiming, LeaderElection } from '@holdfast/kube/leadership/leader-election.ts';
import type { LeadershipTerm } from '@holdfast/kube/leadership/term.ts';
import { parseObjectKey } from '@holdfast/kube/objects/object.ts';
import type { Logger } from 'pino';
import { ControlPlaneError } from '../errors.ts';
import { instanceZone } from '../facts/instance-zone.ts';
import type { ControlPlaneMetrics } from '../metrics/metrics.ts';
import type { Audience, Publisher } from '../publisher.ts';
import type { Publication } from '../revisions/publication.ts';
import type { KubernetesSettings } from '../settings/settings.ts';
import type { Payload } from '../stream/payloads.ts';
import { TokenSecrets } from '../stream/token-secrets.ts';
import { VERSION } from '../version.ts';
import { ClusterView } from './cluster-view.ts';
import { TermWork } from './term-work.ts';

const LEASE = 'holdfast-controlplane';

export interface KubernetesPublisherOptions {
  settings: KubernetesSettings;
  schemaLevel: number;
  metrics: ControlPlaneMetrics;
  log: Logger;
  /** Default: what the environment says. */
  kubeConfigFile?: string | undefined;
  election?: Partial<ElectionTiming> | undefined;
}

export class KubernetesPublisher implements Publisher {
  readonly tokens: TokenSecrets;
  readonly #options: KubernetesPublisherOptions;
  readonly #connection: Connection;
  readonly #view: ClusterView;
  readonly #election: LeaderElection;
  /** One pod may run this program several times in a row. */
  readonly #identity = `${hostname()}-${randomBytes(4).toString('hex')}`;
  #audience: Audience | undefined;
  #work: TermWork | undefined;
  /** Of terms before, which may still end. */
  #ending: Promise<void> = Promise.resolve();
  #closed = false;

  /** Throws ControlPlaneError KUBE_CONFIG_INVALID. */
  constructor(options: KubernetesPublisherOptions) {
    this.#options = options;
    const { settings, log, election } = options;
    this.#connection = openConnection(options.kubeConfigFile);
    const { client } = this.#connection;
    this.#view = new ClusterView({ client, namespaces: settings.watchNamespaces, log });
    this.tokens = new TokenSecrets(this.#view.secrets, this.#view.dataPlanes);
    this.#election = new LeaderElection({
      client,
      namespace: settings.namespace,
      name: LEASE,
      identity: this.#identity,
      onLeading: (term) => this.#lead(term),
      log,
      timing: election,
    });
  }

  get synced(): boolean {
    return this.#view.hasSynced;
  }

  get leads(): boolean {
    return this.#work !== undefined && this.#election.term !== undefined;
  }

  publicationFor(dataPlane: string): Publication | undefined {
    return this.#work?.publicationFor(dataPlane);
  }

  publications(): Iterable<Publication> {
    return this.#work?.publications() ?? [];
  }

  factsFor(dataPlane: string): Payload | undefined {
    return this.#work?.factsFor(dataPlane);
  }

  /** Its instances are pods, named as such. */
  zoneOf(dataPlane: string, instance: string): string | undefined {
    const { namespace, name } = parseObjectKey(dataPlane);
    return instanceZone(this.#view.endpointSlices.list(namespace), name, instance);
  }

  /** What is stored is taken up by the one that leads. */
  async load(audience: Audience): Promise<void> {
    this.#audience = audience;
  }

  /** Resolves at once: until everything is listed and this replica leads, instances are sent to the next one. */
  async start(): Promise<void> {
    this.#view.start();
    this.#view.synced().then(
      () => this.#campaign(),
      () => undefined,
    );
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#end();
    await this.#ending;
    await this.#election.stop();
    await this.#view.stop();
    await this.#connection.close();
  }

  /** Not before: what has not been listed yet must not be published as empty (I5). */
  #campaign(): void {
    this.#options.log.info({ identity: this.#identity }, 'the cluster is read; campaigning for the lease');
    if (!this.#closed) this.#election.start();
  }

  #lead(term: LeadershipTerm): void {
    const { schemaLevel, metrics, log } = this.#options;
    const work = new TermWork({
      term,
      client: this.#connection.client,
      view: this.#view,
      audience: this.#audience!,
      identity: this.#identity,
      schemaLevel,
      metrics,
      log,
    });
    this.#work = work;
    term.signal.addEventListener('abort', () => this.#end(), { once: true });
    work.start();
  }

  #end(): void {
    const work = this.#work;
    if (work === undefined) return;
    this.#work = undefined;
    const before = this.#ending;
    this.#ending = work.close().then(() => before);
    this.#audience?.dismiss();
  }
}

function openConnection(kubeConfigFile: string | undefined): Connection {
  try {
    return connect({ userAgent: `holdfast-controlplane/${VERSION}`, kubeConfigFile });
  } catch (error) {
    throw new ControlPlaneError('KUBE_CONFIG_INVALID', `the kubeconfig: ${describeError(error)}`);
  }
}
