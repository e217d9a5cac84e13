/** Which pods are instances of a DataPlane, and how often they are asked. Pure. */
import type { DataPlane } from '@holdfast/api/data-plane.ts';
import { controllerOf } from '@holdfast/kube/objects/owner.ts';
import { selectorLabels } from '../specs/child-metadata.ts';
import type { PodObject } from '../status/observation.ts';

/** Between two looks at a fleet of up to a hundred, milliseconds. */
const LOOK_MS = 5_000;
const PODS_A_LOOK = 100;

/** Those of its Deployment: with its labels, and made by a ReplicaSet that is named after it. */
export function podsOf({ metadata }: DataPlane, pods: readonly PodObject[]): PodObject[] {
  const labels = Object.entries(selectorLabels(metadata));
  return pods.filter((pod) => {
    const controller = controllerOf(pod);
    return (
      pod.metadata.namespace === metadata.namespace &&
      controller?.kind === 'ReplicaSet' &&
      controller.name.startsWith(`${metadata.name}-`) &&
      labels.every(([name, value]) => pod.metadata.labels?.[name] === value)
    );
  });
}

/** Until they are asked again, milliseconds; `random` is 0 up to, not including, 1. */
export function nextLookMs(pods: number, random: number): number {
  return LOOK_MS * Math.max(1, pods / PODS_A_LOOK) * (0.9 + 0.2 * random);
}
