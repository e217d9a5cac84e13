/** The settings of an instance: what its flags and variables say, checked. */
import type { LogLevel } from '@holdfast/program/settings/values.ts';
import type { HostPort } from '@holdfast/protocol/values/address.ts';

export interface Settings {
  /** 1 to 253 characters; default: the host's name. */
  instance: string;
  /** `NAMESPACE/NAME` */
  dataPlane: string;
  /** 1 to 16 `ws://` or `wss://` URLs with their path, without duplicates. */
  controlPlanes: string[];
  /** 1 to 64, names unique. Port 0: the system chooses. */
  listeners: ListenerSetting[];
  status: HostPort;
  /** Absent: nothing is cached on disk. */
  cacheDirectory?: string;
  /** Read while there is no revision; absent: none. */
  bootstrapDirectory?: string;
  /** 1 to 64 processes; default: what the CPU allows, at least 2. */
  workers: number;
  /** Absent: what the control plane says. */
  zone?: string;
  /** Holds one token, sent to the control plane. */
  tokenFile?: string;
  /** Allows `ws://` beyond loopback. */
  insecure: boolean;
  /** Not ready, and serving on, before a drain looks whether it may end. 0 to 600,000 ms. */
  drainDelayMs: number;
  /** What is in flight may take this long after the delay. 0 to 86,400,000 ms. */
  drainTimeoutMs: number;
  logLevel: LogLevel;
}

export interface ListenerSetting extends HostPort {
  name: string;
}
