/** Reads the settings of an instance from its arguments and environment; pure, so nothing is opened or bound here. */
import { availableParallelism, hostname } from 'node:os';
import { type Asked, CommandLine, type Environment } from '@holdfast/program/settings/command-line.ts';
import { type Given, notAllowed } from '@holdfast/program/settings/given.ts';
import type { GivenSettings } from '@holdfast/program/settings/given-settings.ts';
import { atMost, logLevel, path, truth, wholeNumber } from '@holdfast/program/settings/values.ts';
import { formatHostPort } from '@holdfast/protocol/values/address.ts';
import { VERSION } from '../version.ts';
import { FLAGS, type FlagName } from './flags.ts';
import type { ListenerSetting, Settings } from './settings.ts';
import * as values from './values.ts';

const CONTROL_PLANES_MOST = 16;
const LISTENERS_MOST = 64;
const WORKERS_MOST = 64;

const COMMAND_LINE = new CommandLine<FlagName>({
  name: 'holdfast-dataplane',
  description: 'Runs one instance of a Holdfast data plane.',
  version: VERSION,
  flags: FLAGS,
});

/** `argv` without program and script. Throws a StartError of one line for the first value that is not allowed. */
export function readCommandLine(argv: readonly string[], environment: Environment): Asked<Settings> {
  return COMMAND_LINE.read(argv, environment, readSettings);
}

function readSettings(given: GivenSettings<FlagName>): Settings {
  const insecure = given.optional('insecure', truth) ?? false;
  const settings: Settings = {
    instance: values.instanceName(
      given.all('instance')[0] ?? { source: '--instance (the name of the host)', text: hostname() },
    ),
    dataPlane: given.required('dataPlane', values.dataPlaneName),
    controlPlanes: controlPlanes(given, insecure),
    ...addresses(given),
    workers:
      given.optional('workers', (one) => wholeNumber(one, 1, WORKERS_MOST)) ??
      Math.min(WORKERS_MOST, Math.max(2, availableParallelism())),
    insecure,
    drainDelayMs: given.optional('drainDelay', (one) => values.duration(one, '10m')) ?? 10_000,
    drainTimeoutMs: given.optional('drainTimeout', (one) => values.duration(one, '24h')) ?? 60_000,
    logLevel: given.optional('logLevel', logLevel) ?? 'info',
  };
  const cacheDirectory = given.optional('cacheDir', path);
  const bootstrapDirectory = given.optional('bootstrapDir', path);
  const tokenFile = given.optional('tokenFile', path);
  const zone = given.optional('zone', values.zone);
  if (zone !== undefined) settings.zone = zone;
  if (cacheDirectory !== undefined) settings.cacheDirectory = cacheDirectory;
  if (bootstrapDirectory !== undefined) settings.bootstrapDirectory = bootstrapDirectory;
  if (tokenFile !== undefined) settings.tokenFile = tokenFile;
  return settings;
}

function controlPlanes(given: GivenSettings<FlagName>, insecure: boolean): string[] {
  const urls = atMost(given.requiredAll('controlPlane'), CONTROL_PLANES_MOST);
  return [...new Set(urls.map((one) => values.controlPlaneUrl(one, insecure)))];
}

function listeners(given: readonly Given[]): ListenerSetting[] {
  if (given.length === 0) return [{ name: 'http', host: '127.0.0.1', port: 8080 }];
  const names = new Set<string>();
  const addresses = new Set<string>();
  return atMost(given, LISTENERS_MOST).map((one) => {
    const read = values.listener(one);
    const address = formatHostPort(read);
    if (names.has(read.name)) throw notAllowed(one, `each name once, and ${read.name} stands twice`);
    if (read.port !== 0 && addresses.has(address))
      throw notAllowed(one, `each address once, and ${address} stands twice`);
    names.add(read.name);
    addresses.add(address);
    return read;
  });
}

/** The status port belongs to the status API alone: a listener bound to it too would never hear a client. */
function addresses(given: GivenSettings<FlagName>): Pick<Settings, 'listeners' | 'status'> {
  const status = given.optional('status', values.address) ?? { host: '127.0.0.1', port: 7085 };
  const listen = given.all('listen');
  const read = listeners(listen);
  const index = read.findIndex(
    ({ host, port }) => port !== 0 && host === status.host && port === status.port,
  );
  if (index < 0) return { listeners: read, status };
  throw notAllowed(listen[index] ?? given.all('status')[0]!, `an address that the status API does not have`);
}
