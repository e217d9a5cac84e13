/** Reads the settings of the operator from its arguments and environment; pure, so nothing is opened or bound here. */
import { isIPv6 } from 'node:net';
import { type Asked, CommandLine, type Environment } from '@holdfast/program/settings/command-line.ts';
import type { GivenSettings } from '@holdfast/program/settings/given-settings.ts';
import { atMost, list, logLevel, truth } from '@holdfast/program/settings/values.ts';
import { VERSION } from '../version.ts';
import { FLAGS, type FlagName } from './flags.ts';
import type { Settings } from './settings.ts';
import * as values from './values.ts';

const CONTROL_PLANES_MOST = 16;
const NAMESPACES_MOST = 64;

const COMMAND_LINE = new CommandLine<FlagName>({
  name: 'holdfast-operator',
  description: 'Makes and keeps the objects of every DataPlane of a cluster.',
  version: VERSION,
  flags: FLAGS,
});

/** `argv` without program and script. Throws a StartError of one line for the first value that is not allowed. */
export function readCommandLine(argv: readonly string[], environment: Environment): Asked<Settings> {
  return COMMAND_LINE.read(argv, environment, (given) => readSettings(given, environment));
}

function readSettings(given: GivenSettings<FlagName>, environment: Environment): Settings {
  const insecure = given.optional('insecure', truth) ?? false;
  return {
    namespace: given.required('namespace', values.namespaceName),
    watchNamespaces:
      given.optional('watchNamespaces', (names) => list(names, NAMESPACES_MOST, values.namespaceName)) ?? [],
    platform: {
      image: given.required('image', values.image),
      controlPlaneEndpoints: controlPlanes(given, insecure),
      insecure,
      // Kubernetes tells every pod the address of the API server, in the first family of the cluster.
      podAddressFamily: isIPv6(environment.KUBERNETES_SERVICE_HOST ?? '') ? 'IPv6' : 'IPv4',
    },
    status: given.optional('status', values.address) ?? { host: '127.0.0.1', port: 7086 },
    logLevel: given.optional('logLevel', logLevel) ?? 'info',
  };
}

function controlPlanes(given: GivenSettings<FlagName>, insecure: boolean): string[] {
  const urls = atMost(given.requiredAll('controlPlane'), CONTROL_PLANES_MOST);
  return [...new Set(urls.map((one) => values.controlPlaneUrl(one, insecure)))];
}
