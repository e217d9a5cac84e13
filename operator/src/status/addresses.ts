/** Where clients reach a DataPlane: its load balancer where there is one, else its Service inside the cluster. */
import { type Address, MAX_ADDRESSES } from '@holdfast/api/data-plane-status.ts';
import type { ServiceObject } from './observation.ts';

export function addressesOf(service: ServiceObject | undefined): Address[] {
  const outside = service?.status?.loadBalancer?.ingress?.flatMap(ingressAddresses) ?? [];
  const inside = service?.spec.clusterIPs?.filter((ip) => ip !== 'None').map(ipAddress) ?? [];
  return (outside.length > 0 ? outside : inside).slice(0, MAX_ADDRESSES);
}

function ingressAddresses({ ip, hostname }: { ip?: string; hostname?: string }): Address[] {
  return [
    ...(ip === undefined || ip === '' ? [] : [ipAddress(ip)]),
    ...(hostname === undefined || hostname === '' ? [] : [{ type: 'Hostname' as const, value: hostname }]),
  ];
}

function ipAddress(value: string): Address {
  return { type: 'IPAddress', value };
}
