/** Every flag of the control plane with its variable, for the command line, its help and the reference documentation. */
import type { Flags } from '@holdfast/program/settings/flag.ts';

export const FLAGS = {
  source: {
    flag: '--source <source>',
    variable: 'HOLDFAST_SOURCE',
    description:
      'file:PATH (a file for every DataPlane, or a directory with NAMESPACE/NAME.yaml) or kubernetes (required)',
  },
  listen: {
    flag: '--listen <host:port>',
    variable: 'HOLDFAST_LISTEN',
    description: 'where instances connect',
    default: '127.0.0.1:7943',
  },
  api: {
    flag: '--api <host:port>',
    variable: 'HOLDFAST_API',
    description: 'read-only API, metrics and status',
    default: '127.0.0.1:7080',
  },
  stateDir: {
    flag: '--state-dir <directory>',
    variable: 'HOLDFAST_STATE_DIR',
    description: 'where published revisions are kept (required with file:)',
  },
  tokenFile: {
    flag: '--token-file <file>',
    variable: 'HOLDFAST_TOKEN_FILE',
    description: 'with file: lines of NAMESPACE/NAME TOKEN; required beyond loopback',
  },
  namespace: {
    flag: '--namespace <namespace>',
    variable: 'HOLDFAST_NAMESPACE',
    description: 'its own namespace, where its Lease stands (required with kubernetes)',
  },
  watchNamespaces: {
    flag: '--watch-namespaces <namespaces>',
    variable: 'HOLDFAST_WATCH_NAMESPACES',
    description: 'with kubernetes: namespaces with commas between them; at most 64',
    default: 'all',
  },
  insecure: {
    flag: '--insecure [boolean]',
    variable: 'HOLDFAST_INSECURE',
    description: 'allow the stream beyond loopback without TLS',
    default: 'false',
  },
  logLevel: {
    flag: '--log-level <level>',
    variable: 'HOLDFAST_LOG_LEVEL',
    description: 'trace, debug, info, warn, error, fatal or silent',
    default: 'info',
  },
} as const satisfies Flags;

export type FlagName = keyof typeof FLAGS;
