/** The settings of the control plane: what its flags and variables say, checked. */
import type { LogLevel } from '@holdfast/program/settings/values.ts';
import type { HostPort } from '@holdfast/protocol/values/address.ts';

interface CommonSettings {
  /** Where instances connect. Beyond loopback only with tokens and --insecure (I7). */
  listen: HostPort;
  api: HostPort;
  logLevel: LogLevel;
}

export interface FileSettings extends CommonSettings {
  /** A file that ends in .yaml, .yml or .json, for every DataPlane; or a directory with NAMESPACE/NAME.yaml. */
  source: { kind: 'file'; path: string };
  stateDirectory: string;
  tokenFile?: string;
}

export interface KubernetesSettings extends CommonSettings {
  source: { kind: 'kubernetes' };
  /** Its own, where the Lease stands. */
  namespace: string;
  /** Empty: all. */
  watchNamespaces: string[];
}

export type ControlPlaneSettings = FileSettings | KubernetesSettings;

export function isKubernetes(settings: ControlPlaneSettings): settings is KubernetesSettings {
  return settings.source.kind === 'kubernetes';
}
