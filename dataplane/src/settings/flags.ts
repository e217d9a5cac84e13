/** Every flag of an instance with its variable, for the command line, its help and the reference documentation. */
import type { Flags } from '@holdfast/program/settings/flag.ts';

export const FLAGS = {
  instance: {
    flag: '--instance <id>',
    variable: 'HOLDFAST_INSTANCE',
    description:
      'name of this instance, unique in its data plane: 1 to 253 letters, digits, dots, dashes, underscores',
    default: "the host's name",
  },
  dataPlane: {
    flag: '--data-plane <namespace/name>',
    variable: 'HOLDFAST_DATA_PLANE',
    description: 'the DataPlane whose configuration is served (required)',
  },
  controlPlane: {
    flag: '--control-plane <url>',
    variable: 'HOLDFAST_CONTROL_PLANE',
    description: 'ws:// or wss:// URL of a control plane, path /v1/stream when empty; 1 to 16 (required)',
    repeatable: true,
  },
  listen: {
    flag: '--listen <[name=]host:port>',
    variable: 'HOLDFAST_LISTEN',
    description: 'listener for clients; unnamed: http; host an IP address, empty: 127.0.0.1; 1 to 64',
    repeatable: true,
    default: 'http=127.0.0.1:8080',
  },
  status: {
    flag: '--status <host:port>',
    variable: 'HOLDFAST_STATUS',
    description: 'where /status, /status/ready and /metrics answer',
    default: '127.0.0.1:7085',
  },
  cacheDir: {
    flag: '--cache-dir <dir>',
    variable: 'HOLDFAST_CACHE_DIR',
    description: 'directory that keeps the last good revision over a restart; without it nothing is kept',
  },
  bootstrapDir: {
    flag: '--bootstrap-dir <dir>',
    variable: 'HOLDFAST_BOOTSTRAP_DIR',
    description:
      'directory with the parts of a bootstrap (part-0 to part-3), which the control plane keeps in Secrets: an instance without a revision serves it; may be empty or missing',
  },
  workers: {
    flag: '--workers <n>',
    variable: 'HOLDFAST_WORKERS',
    description: 'processes that serve traffic, 1 to 64',
    default: 'what the CPU allows, at least 2',
  },
  zone: {
    flag: '--zone <name>',
    variable: 'HOLDFAST_ZONE',
    description:
      'zone that the instance is in, for backends that prefer their own; 1 to 63 letters, digits, "-", "_", "."',
    default: 'what the control plane says',
  },
  tokenFile: {
    flag: '--token-file <file>',
    variable: 'HOLDFAST_TOKEN_FILE',
    description: 'file with the token that the control plane asks for',
  },
  insecure: {
    flag: '--insecure',
    variable: 'HOLDFAST_INSECURE',
    description: 'allow ws:// to a control plane beyond loopback',
    default: 'false',
  },
  drainDelay: {
    flag: '--drain-delay <duration>',
    variable: 'HOLDFAST_DRAIN_DELAY',
    description: 'after SIGTERM, time for load balancers to notice: not ready and serving on; 0s to 10m',
    default: '10s',
  },
  drainTimeout: {
    flag: '--drain-timeout <duration>',
    variable: 'HOLDFAST_DRAIN_TIMEOUT',
    description: 'after the delay, time for what is in flight to finish; 0s to 24h',
    default: '60s',
  },
  logLevel: {
    flag: '--log-level <level>',
    variable: 'HOLDFAST_LOG_LEVEL',
    description: 'trace, debug, info, warn, error, fatal or silent',
    default: 'info',
  },
} as const satisfies Flags;

export type FlagName = keyof typeof FLAGS;
