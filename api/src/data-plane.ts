/** The DataPlane: a fleet of gateway instances, as the API server returns it, with its defaults filled in. */
import type { DataPlaneStatus } from './data-plane-status.ts';
import type { API_VERSION } from './group.ts';
import type { IntOrString } from './int-or-string.ts';
import type { Metadata } from './metadata.ts';

export interface DataPlane {
  apiVersion: typeof API_VERSION;
  kind: 'DataPlane';
  metadata: Metadata;
  spec: DataPlaneSpec;
  status?: DataPlaneStatus;
}

/** `kubectl explain dataplane.spec` says of each field what it is, its bounds and its default. */
export interface DataPlaneSpec {
  replicas: number;
  /** Absent: the one that was the operator's default when the DataPlane was created. */
  image?: string;
  imagePullSecrets: SecretReference[];
  resources: Resources;
  controlPlane: ControlPlaneReference;
  listeners: Listener[];
  service: ServiceSettings;
  availability: Availability;
  probes: Probes;
  /** A strategic merge patch; of its content nothing is known but what the API server's dry-run says. */
  podTemplate?: Record<string, unknown>;
  configuration: ConfigurationSettings;
}

export interface SecretReference {
  name: string;
}

/** Quantities by resource name. */
export interface Resources {
  requests?: Record<string, IntOrString>;
  limits?: Record<string, IntOrString>;
}

export interface ControlPlaneReference {
  /** Empty: the operator's default. */
  endpoints: string[];
  /** Allows `ws://` in `endpoints`. */
  insecure: boolean;
}

export interface Listener {
  name: string;
  /** Port of the Service; see `ports.ts` for the one in the pod. */
  port: number;
  protocol: 'HTTP';
  nodePort?: number;
}

export interface ServiceSettings {
  type: 'ClusterIP' | 'NodePort' | 'LoadBalancer';
  annotations: Record<string, string>;
  externalTrafficPolicy?: 'Cluster' | 'Local';
}

export interface Availability {
  disruptionBudget: { maxUnavailable: IntOrString };
  rollingUpdate: { maxSurge: IntOrString; maxUnavailable: IntOrString };
  topologySpread: { hostname: Spread; zone: Spread };
  /** Durations as Gateway API writes them. */
  drain: { delay: string; timeout: string };
  nodeLossTolerationSeconds: number;
}

export type Spread = 'DoNotSchedule' | 'ScheduleAnyway' | 'Disabled';

export interface Probes {
  readiness: ProbeTimes;
  liveness: ProbeTimes;
}

export interface ProbeTimes {
  initialDelaySeconds: number;
  periodSeconds: number;
  timeoutSeconds: number;
  failureThreshold: number;
}

export interface ConfigurationSettings {
  rollout: RolloutSettings;
  /** ConfigRevisions that are kept. */
  revisionHistoryLimit: number;
  /** Name of the ConfigRevision whose content is served until it is unset. */
  pinnedRevision?: string;
}

export interface RolloutSettings {
  /** Absent: Progressive from 3 instances up. */
  strategy?: 'Progressive' | 'AllAtOnce';
  canary: { instances: IntOrString };
  /** A duration as Gateway API writes them. */
  soak: string;
  /** Percent of the instances, in any order. */
  steps: number[];
  gates: {
    errors: { absolutePercent: number; relativePercent: number; minRequests: number };
    littleTraffic: 'Proceed' | 'Hold';
  };
}
