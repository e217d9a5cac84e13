/** A real API server on loopback: kube-apiserver and etcd as plain processes, which can be killed, started again and compacted. */
import { execFileSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ApiClient } from '@holdfast/kube/client/api-client.ts';
import { ApiTransport } from '@holdfast/kube/client/transport.ts';
import { KubeConfig } from '@kubernetes/client-node';
import { eventually } from '../harness/eventually.ts';
import { freePort } from '../harness/free-port.ts';
import { repositoryPath, workDirectory } from '../harness/paths.ts';
import { Program } from '../harness/program.ts';

const TOKEN = 'of-the-tests';
const START_TIMEOUT_MS = 90_000;

export class ApiServer {
  readonly port: number;
  readonly client: ApiClient;
  /** Of its own; it goes with the server. */
  readonly directory: string;
  /** Where kube-apiserver, etcd and kubectl are. */
  readonly programs: string;
  readonly #etcdPort: number;
  readonly #transports: ApiTransport[] = [];
  #etcd: Program | undefined;
  #server: Program | undefined;

  /** Resolves when it answers. */
  static async start(): Promise<ApiServer> {
    const programs = execFileSync(repositoryPath('e2e/kube/binaries.sh'), { encoding: 'utf8' }).trim();
    const [port, etcdPort, peerPort] = [await freePort(), await freePort(), await freePort()];
    const server = new ApiServer(programs, port, etcdPort);
    server.#startEtcd(peerPort);
    await server.startServer();
    return server;
  }

  private constructor(programs: string, port: number, etcdPort: number) {
    this.programs = programs;
    this.port = port;
    this.#etcdPort = etcdPort;
    this.directory = mkdtempSync(join(tmpdir(), 'holdfast-kube-'));
    const { privateKey } = generateKeyPairSync('rsa', {
      modulusLength: 2048,
      publicKeyEncoding: { type: 'spki', format: 'pem' },
      privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    });
    writeFileSync(this.#path('service-account.key'), privateKey, { mode: 0o600 });
    writeFileSync(this.#path('tokens.csv'), `${TOKEN},admin,admin,"system:masters"\n`, { mode: 0o600 });
    this.client = this.connect(this.url);
  }

  get url(): string {
    return `https://127.0.0.1:${this.port}`;
  }

  /** A client at this URL: the server's own, or that of something between. */
  connect(server: string, userAgent = 'e2e'): ApiClient {
    const transport = new ApiTransport({ kubeConfig: this.#kubeConfig(server), userAgent });
    this.#transports.push(transport);
    return new ApiClient(transport);
  }

  /** For programs; the path of a kubeconfig. */
  kubeConfigFile(server: string): string {
    const path = this.#path(`kubeconfig-${new URL(server).port}`);
    writeFileSync(path, this.#kubeConfig(server).exportConfig(), { mode: 0o600 });
    return path;
  }

  async startServer(): Promise<void> {
    const key = this.#path('service-account.key');
    const args = [
      `--etcd-servers=http://127.0.0.1:${this.#etcdPort}`,
      '--bind-address=127.0.0.1',
      `--secure-port=${this.port}`,
      `--cert-dir=${this.#path('certificates')}`,
      `--token-auth-file=${this.#path('tokens.csv')}`,
      '--authorization-mode=RBAC',
      '--service-account-issuer=https://kubernetes.default.svc',
      `--service-account-key-file=${key}`,
      `--service-account-signing-key-file=${key}`,
      '--service-cluster-ip-range=10.99.0.0/24',
      '--disable-admission-plugins=ServiceAccount',
      // Compaction is for a test to do.
      '--etcd-compaction-interval=0',
      '--shutdown-delay-duration=0',
    ];
    this.#server = this.#program('kube-apiserver', args);
    await eventually(
      'the API server answers',
      async () => {
        if (this.#server!.exit !== undefined) throw new Error(this.#server!.tail(5));
        return (await this.client.raw('/readyz', { timeoutMs: 2_000, retries: 0 })) === 'ok';
      },
      { timeoutMs: START_TIMEOUT_MS, everyMs: 250 },
    );
    await eventually('the default namespace', () =>
      this.client.raw('/api/v1/namespaces/default').then(Boolean),
    );
  }

  async killServer(): Promise<void> {
    await this.#server!.stop('SIGKILL');
  }

  /** What was true before now cannot be asked for any more, once the server has forgotten its own memory of it. */
  async compact(): Promise<void> {
    const { header } = (await this.#etcdCall('range', { key: Buffer.from('x').toString('base64') })) as {
      header: { revision: string };
    };
    await this.#etcdCall('compaction', { revision: header.revision, physical: true });
  }

  async close(): Promise<void> {
    for (const transport of this.#transports) await transport.close();
    await this.#server?.stop('SIGKILL');
    await this.#etcd?.stop('SIGKILL');
    rmSync(this.directory, { recursive: true, force: true });
  }

  #startEtcd(peerPort: number): void {
    const [own, peer] = [`http://127.0.0.1:${this.#etcdPort}`, `http://127.0.0.1:${peerPort}`];
    this.#etcd = this.#program('etcd', [
      `--data-dir=${this.#path('etcd')}`,
      `--listen-client-urls=${own}`,
      `--advertise-client-urls=${own}`,
      `--listen-peer-urls=${peer}`,
      `--initial-advertise-peer-urls=${peer}`,
      `--initial-cluster=default=${peer}`,
      '--unsafe-no-fsync',
    ]);
  }

  async #etcdCall(method: string, body: object): Promise<unknown> {
    const url = `http://127.0.0.1:${this.#etcdPort}/v3/kv/${method}`;
    const answer = await fetch(url, {
      method: 'POST',
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(10_000),
    });
    if (!answer.ok) throw new Error(`etcd: ${method}: ${answer.status} ${await answer.text()}`);
    return answer.json();
  }

  #kubeConfig(server: string): KubeConfig {
    const kubeConfig = new KubeConfig();
    const cluster = { name: 'test', server, skipTLSVerify: true };
    kubeConfig.loadFromClusterAndUser(cluster, { name: 'admin', token: TOKEN });
    return kubeConfig;
  }

  #program(name: string, args: string[]): Program {
    const logFile = join(workDirectory('logs'), `kube-${name}.log`);
    return new Program({ name, command: join(this.programs, name), args, logFile });
  }

  #path(name: string): string {
    return join(this.directory, name);
  }
}
