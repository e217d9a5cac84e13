/** How the instances of a DataPlane spread over nodes and zones. */
import type { Availability, Spread } from '@holdfast/api/data-plane.ts';
import { type Identity, selectorLabels } from './child-metadata.ts';

export function topologySpread(
  identity: Identity,
  { hostname, zone }: Availability['topologySpread'],
): Record<string, unknown>[] {
  return [
    ...constraint('kubernetes.io/hostname', hostname, identity),
    ...constraint('topology.kubernetes.io/zone', zone, identity),
  ];
}

function constraint(topologyKey: string, spread: Spread, identity: Identity): Record<string, unknown>[] {
  if (spread === 'Disabled') return [];
  return [
    {
      topologyKey,
      whenUnsatisfiable: spread,
      maxSkew: 1,
      labelSelector: { matchLabels: selectorLabels(identity) },
      // Counted with the old pods, the first new pod of a rollout would find no node that is emptier than the others.
      matchLabelKeys: ['pod-template-hash'],
      // A cordoned or lost node has no pod and takes none; counted, it would keep a second pod from every other node.
      nodeTaintsPolicy: 'Honor',
    },
  ];
}
