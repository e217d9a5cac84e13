/** HAProxy as a process, with the configuration that users copy from `examples/load-balancer/`. */
import { eventually } from './eventually.ts';
import { repositoryPath } from './paths.ts';
import { probe } from './probe.ts';
import { Program } from './program.ts';

export const HAPROXY_CONFIGURATION = 'examples/load-balancer/haproxy.cfg';

export interface InstanceAddress {
  host: string;
  port: number;
  /** Of the same host. */
  statusPort: number;
}

export class LoadBalancer {
  readonly url: string;
  readonly program: Program;
  readonly #statisticsUrl: string;

  /** In front of one to three instances, which the configuration names `instance-1` and so on. */
  static async start(
    ports: { listen: number; statistics: number },
    instances: InstanceAddress[],
    logFile: string,
  ): Promise<LoadBalancer> {
    const env = loadBalancerEnvironment(ports, instances);
    const args = ['-db', '-f', repositoryPath(HAPROXY_CONFIGURATION)];
    const program = new Program({ name: 'haproxy', command: 'haproxy', args, env, logFile });
    const balancer = new LoadBalancer(ports, program);
    await eventually('HAProxy answers', async () => {
      if (program.exit !== undefined) return true;
      return (await balancer.serverStates()).length === instances.length;
    });
    if (program.exit !== undefined) throw new Error(`HAProxy does not run\n${program.tail()}`);
    return balancer;
  }

  private constructor(ports: { listen: number; statistics: number }, program: Program) {
    this.url = `http://127.0.0.1:${ports.listen}`;
    this.#statisticsUrl = `http://127.0.0.1:${ports.statistics}/;csv`;
    this.program = program;
  }

  /** `UP`, `DOWN` or in between (`UP 1/2`), in the order of the servers. */
  async serverStates(): Promise<string[]> {
    const { text } = await probe(this.#statisticsUrl);
    const rows = text.split('\n').map((line) => line.split(','));
    const column = rows[0]!.indexOf('status');
    return rows.filter(([, server]) => server?.startsWith('instance-')).map((row) => row[column]!);
  }

  /** Resolves when the server of this number (1, 2, 3) is in the state. */
  async serverIs(number: number, state: 'UP' | 'DOWN', timeoutMs = 15_000): Promise<void> {
    await eventually(
      `HAProxy has instance-${number} ${state}`,
      async () => {
        const states = await this.serverStates();
        if (states[number - 1] === state) return true;
        throw new Error(states.join(', '));
      },
      { timeoutMs },
    );
  }

  tail(): string {
    return this.program.tail();
  }

  async close(): Promise<void> {
    await this.program.stop('SIGKILL');
  }
}

/** The variables that the configuration asks for. */
export function loadBalancerEnvironment(
  ports: { listen: number; statistics: number },
  instances: InstanceAddress[],
): Record<string, string> {
  const env: Record<string, string> = {
    LISTEN: `127.0.0.1:${ports.listen}`,
    STATISTICS: `127.0.0.1:${ports.statistics}`,
    NAME_INSTANCES: '1',
  };
  for (const [index, { host, port, statusPort }] of instances.entries()) {
    env[`INSTANCE_${index + 1}`] = `${host}:${port}`;
    env[`INSTANCE_${index + 1}_STATUS_PORT`] = String(statusPort);
  }
  return env;
}
