/** Every flag of the operator with its variable, for the command line, its help and the reference documentation. */
import type { Flags } from '@holdfast/program/settings/flag.ts';

export const FLAGS = {
  namespace: {
    flag: '--namespace <namespace>',
    variable: 'HOLDFAST_NAMESPACE',
    description: "the operator's own namespace, where its Lease stands (required)",
  },
  watchNamespaces: {
    flag: '--watch-namespaces <namespaces>',
    variable: 'HOLDFAST_WATCH_NAMESPACES',
    description: 'namespaces whose DataPlanes are cared for, with commas between them; at most 64',
    default: 'all',
  },
  image: {
    flag: '--image <image>',
    variable: 'HOLDFAST_IMAGE',
    description:
      'image of the instances of a DataPlane that is created without spec.image; it keeps that one (required)',
  },
  controlPlane: {
    flag: '--control-plane <url>',
    variable: 'HOLDFAST_CONTROL_PLANE',
    description:
      'ws:// or wss:// URL that instances of a DataPlane without spec.controlPlane.endpoints connect to; 1 to 16 (required)',
    repeatable: true,
  },
  insecure: {
    flag: '--insecure',
    variable: 'HOLDFAST_INSECURE',
    description: 'allow instances ws:// to these control planes beyond loopback',
    default: 'false',
  },
  status: {
    flag: '--status <host:port>',
    variable: 'HOLDFAST_STATUS',
    description: 'where /status, /status/ready and /metrics answer',
    default: '127.0.0.1:7086',
  },
  logLevel: {
    flag: '--log-level <level>',
    variable: 'HOLDFAST_LOG_LEVEL',
    description: 'trace, debug, info, warn, error, fatal or silent',
    default: 'info',
  },
} as const satisfies Flags;

export type FlagName = keyof typeof FLAGS;
