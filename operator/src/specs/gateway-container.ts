/** The container that runs an instance: image, arguments, ports, probes and resources. */
import type { IntOrString } from '@holdfast/api/int-or-string.ts';
import { containerPort, STATUS_PORT, STATUS_PORT_NAME } from '@holdfast/api/ports.ts';
import type { Identity } from './child-metadata.ts';
import { gatewayArguments } from './gateway-arguments.ts';
import type { Platform } from './platform.ts';
import { gatewayProbes } from './probes.ts';
import type { TemplateIntent } from './template-intent.ts';
import { BOOTSTRAP_DIRECTORY, volumeMounts } from './volumes.ts';

/** Overlays name it. */
export const CONTAINER_NAME = 'dataplane';

/** A pod without requests is the first that a node short of memory evicts. */
const DEFAULT_REQUESTS: Record<string, IntOrString> = { cpu: '100m', memory: '256Mi' };

export function gatewayContainer(
  identity: Identity,
  intent: TemplateIntent,
  platform: Platform,
): Record<string, unknown> {
  return {
    name: CONTAINER_NAME,
    image: intent.image ?? platform.image,
    imagePullPolicy: 'IfNotPresent',
    args: gatewayArguments(identity, intent, platform),
    env: [
      { name: 'HOLDFAST_INSTANCE', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
      // Not as a flag: an older image that the DataPlane is pinned to would end at one that it does not know.
      { name: 'HOLDFAST_BOOTSTRAP_DIR', value: BOOTSTRAP_DIRECTORY },
    ],
    ports: containerPorts(intent.listeners),
    ...gatewayProbes(intent.probes),
    resources: resourcesWithRequests(intent.resources),
    securityContext: {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    },
    terminationMessagePolicy: 'FallbackToLogsOnError',
    volumeMounts: volumeMounts(),
  };
}

function containerPorts(listeners: TemplateIntent['listeners']): Record<string, unknown>[] {
  return [
    ...listeners.map(({ name, port }) => ({ name, containerPort: containerPort(port), protocol: 'TCP' })),
    { name: STATUS_PORT_NAME, containerPort: STATUS_PORT, protocol: 'TCP' },
  ];
}

/** Where there is a limit and no request, Kubernetes takes the limit for the request; a default would lower it. */
function resourcesWithRequests({ requests = {}, limits = {} }: TemplateIntent['resources']) {
  const defaults = Object.entries(DEFAULT_REQUESTS).filter(([name]) => !(name in limits));
  return {
    requests: { ...Object.fromEntries(defaults), ...requests },
    ...(Object.keys(limits).length === 0 ? {} : { limits }),
  };
}
