/** The instances for the status: counts by state, and a bounded list with the troubled ones first. */
import {
  type Instance,
  type InstanceState,
  type Instances,
  MAX_INSTANCE_MESSAGE,
  MAX_LISTED_INSTANCES,
} from '@holdfast/api/data-plane-status.ts';
import type { FleetInstance } from './fleet.ts';

const URGENCY = ['Unreachable', 'NotReady', 'Draining', 'Ready'] as const satisfies InstanceState[];

export function listInstances(instances: readonly FleetInstance[]): Instances {
  const number = (state: InstanceState) => instances.filter((instance) => instance.state === state).length;
  return {
    ready: number('Ready'),
    notReady: number('NotReady'),
    draining: number('Draining'),
    unreachable: number('Unreachable'),
    list: instances.map(listed).sort(troubledFirst).slice(0, MAX_LISTED_INSTANCES),
  };
}

function listed({ name, state, node, zone, document }: FleetInstance): Instance {
  const message = document?.reasons.map((reason) => reason.message).join('; ') ?? '';
  return {
    name,
    state,
    ...(node === undefined ? {} : { node }),
    ...(zone === undefined ? {} : { zone }),
    ...(document?.revision == null ? {} : { revision: document.revision.sequence }),
    ...(document === undefined
      ? {}
      : { connected: document.controlPlane.connected, since: document.controlPlane.since }),
    ...(message === '' ? {} : { message: message.slice(0, MAX_INSTANCE_MESSAGE) }),
  };
}

/** Among those of one state, the ones with a message; then by name, so that the list does not change for nothing. */
function troubledFirst(a: Instance, b: Instance): number {
  return (
    URGENCY.indexOf(a.state) - URGENCY.indexOf(b.state) ||
    Number(a.message === undefined) - Number(b.message === undefined) ||
    (a.name < b.name ? -1 : 1)
  );
}
