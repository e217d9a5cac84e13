/** The zone of an instance: that of its pod's node, as the EndpointSlices of its own Service tell it. */
import { isZone } from '@holdfast/protocol/values/name.ts';
import { type EndpointSlice, SERVICE_NAME_LABEL } from '../kubernetes/objects.ts';

/** `slices` of the namespace. Undefined where the pod is in none of them yet, or its node has no zone. */
export function instanceZone(
  slices: readonly EndpointSlice[],
  service: string,
  pod: string,
): string | undefined {
  for (const { metadata, endpoints } of slices) {
    if (metadata.labels?.[SERVICE_NAME_LABEL] !== service) continue;
    const endpoint = endpoints?.find(({ targetRef }) => targetRef?.kind === 'Pod' && targetRef.name === pod);
    if (endpoint?.zone !== undefined && isZone(endpoint.zone)) return endpoint.zone;
  }
  return undefined;
}
