/** The settings of the operator: what its flags and variables say, checked. */
import type { LogLevel } from '@holdfast/program/settings/values.ts';
import type { HostPort } from '@holdfast/protocol/values/address.ts';
import type { Platform } from '../specs/platform.ts';

export interface Settings {
  /** Where the Lease stands. */
  namespace: string;
  /** Namespaces whose DataPlanes are cared for; empty: all. */
  watchNamespaces: string[];
  platform: Platform;
  /** Of the status server. Port 0: the system chooses. */
  status: HostPort;
  logLevel: LogLevel;
}
