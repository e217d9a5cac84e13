/** Resolves a Service's port into a fact: its ready endpoints as EndpointSlices name them, and its cluster IP. */
import { createHash } from 'node:crypto';
import type { Endpoint } from '@holdfast/protocol/configuration/types.ts';
import type { EndpointsFact } from '@holdfast/protocol/facts/facts.ts';
import type { ResourceSet } from '@holdfast/protocol/revision/revision.ts';
import { isZone } from '@holdfast/protocol/values/name.ts';
import type { EndpointSlice, Service } from '../kubernetes/objects.ts';

/** As a backend names it. */
export interface ServicePort {
  name: string;
  port: number;
}

/** What an instance takes of one fact; a Service with more is served by these. */
const MAX_ENDPOINTS = 10_000;
const HEADLESS = 'None';

/** The Services that the backends of a configuration name. */
export function servicePortsOf(resources: ResourceSet): ServicePort[] {
  return [...resources.values()].flatMap(({ resource }) =>
    'service' in resource && resource.service !== undefined ? [resource.service] : [],
  );
}

export function factName({ name, port }: ServicePort): string {
  return `${name}:${port}`;
}

/** A Service that is not there, or has not this port, has no endpoint: it may come, and nothing is wrong with the rest. */
export function resolveService(
  wanted: ServicePort,
  service: Service | undefined,
  slices: readonly EndpointSlice[],
): EndpointsFact {
  const port = service?.spec?.ports?.find(({ port, protocol = 'TCP' }) => {
    return port === wanted.port && protocol === 'TCP';
  });
  const value: EndpointsFact['value'] = { endpoints: [] };
  if (service !== undefined && port !== undefined) {
    value.endpoints = endpointsOf(service, port.name ?? '', slices);
    const { clusterIP = '' } = service.spec ?? {};
    if (clusterIP !== '' && clusterIP !== HEADLESS)
      value.fallback = { address: clusterIP, port: wanted.port };
  }
  const version = createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, 16);
  return { kind: 'endpoints', name: factName(wanted), version, value };
}

/** Ordered, so that the same endpoints are the same fact, in whichever slices they stand. */
function endpointsOf(service: Service, portName: string, slices: readonly EndpointSlice[]): Endpoint[] {
  const family = service.spec?.ipFamilies?.[0];
  const endpoints = new Map<string, Endpoint>();
  for (const { addressType, ports, endpoints: found } of slices) {
    // A pod with two addresses stands in the slices of both families, and is one endpoint.
    if (addressType === 'FQDN' || (family !== undefined && addressType !== family)) continue;
    const port = ports?.find(
      ({ name = '', protocol = 'TCP' }) => name === portName && protocol === 'TCP',
    )?.port;
    if (port === undefined) continue;
    for (const { addresses, conditions, zone } of found ?? []) {
      const address = addresses[0];
      if (address === undefined || conditions?.ready === false) continue;
      endpoints.set(`${address} ${port}`, {
        address,
        port,
        ...(zone !== undefined && isZone(zone) && { zone }),
      });
    }
  }
  const ordered = [...endpoints].sort(([a], [b]) => (a < b ? -1 : 1));
  return ordered.slice(0, MAX_ENDPOINTS).map(([, endpoint]) => endpoint);
}
