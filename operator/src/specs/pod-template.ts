/** The pod template: security, spread, volumes and grace period of an instance's pod, and the user's overlay on them. */
import { parseDuration } from '@holdfast/protocol/values/duration.ts';
import { childLabels, type Identity } from './child-metadata.ts';
import { CONTAINER_NAME, gatewayContainer } from './gateway-container.ts';
import { withNodeLossTolerations } from './node-loss-tolerations.ts';
import type { Platform } from './platform.ts';
import { strategicMerge } from './strategic-merge.ts';
import type { TemplateIntent } from './template-intent.ts';
import { topologySpread } from './topology-spread.ts';
import { podVolumes } from './volumes.ts';

export interface PodTemplate {
  metadata: Record<string, unknown>;
  spec: Record<string, unknown>;
}

/** Any user but root does; a fixed one makes the token readable to its group alone, whatever the image says. */
const USER = 65_532;
/** After delay and timeout: for workers to end and totals to be written. */
const ENDING_SECONDS = 5;

/** Throws OperatorError OVERLAY_INVALID where `podTemplate` cannot be merged. */
export function buildPodTemplate(
  identity: Identity,
  intent: TemplateIntent,
  platform: Platform,
): PodTemplate {
  const { metadata, spec } = strategicMerge(
    { metadata: templateMetadata(identity), spec: podSpec(identity, intent, platform) },
    intent.podTemplate ?? {},
    'spec.podTemplate',
  ) as Record<string, Record<string, unknown>>;
  const { nodeLossTolerationSeconds } = intent.availability;
  return { metadata: { ...metadata }, spec: withNodeLossTolerations({ ...spec }, nodeLossTolerationSeconds) };
}

function templateMetadata(identity: Identity): Record<string, unknown> {
  return {
    labels: childLabels(identity),
    annotations: { 'kubectl.kubernetes.io/default-container': CONTAINER_NAME },
  };
}

function podSpec(identity: Identity, intent: TemplateIntent, platform: Platform): Record<string, unknown> {
  const { imagePullSecrets, availability } = intent;
  const constraints = topologySpread(identity, availability.topologySpread);
  return {
    serviceAccountName: identity.name,
    automountServiceAccountToken: false,
    // Kubernetes' variables for every Service of the namespace: one named holdfast-... must not look like a setting.
    enableServiceLinks: false,
    securityContext: {
      runAsNonRoot: true,
      runAsUser: USER,
      runAsGroup: USER,
      fsGroup: USER,
      seccompProfile: { type: 'RuntimeDefault' },
    },
    ...(imagePullSecrets.length === 0 ? {} : { imagePullSecrets }),
    ...(constraints.length === 0 ? {} : { topologySpreadConstraints: constraints }),
    terminationGracePeriodSeconds: gracePeriodSeconds(availability.drain),
    containers: [gatewayContainer(identity, intent, platform)],
    volumes: podVolumes(identity),
  };
}

function gracePeriodSeconds({ delay, timeout }: TemplateIntent['availability']['drain']): number {
  return Math.ceil((milliseconds(delay) + milliseconds(timeout)) / 1000) + ENDING_SECONDS;
}

function milliseconds(duration: string): number {
  const value = parseDuration(duration);
  if (value === undefined) throw new TypeError(`${duration} is no duration, and the schema let it pass`);
  return value;
}
