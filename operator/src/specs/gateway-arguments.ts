/** The flags with which an instance is started in its pod. */
import { containerPort, STATUS_PORT } from '@holdfast/api/ports.ts';
import type { Identity } from './child-metadata.ts';
import type { Platform } from './platform.ts';
import type { TemplateIntent } from './template-intent.ts';
import { CACHE_DIRECTORY, TOKEN_FILE } from './volumes.ts';

/** All addresses of the pod: kubelet and Service reach it from outside. */
const ALL_ADDRESSES = { IPv4: '0.0.0.0', IPv6: '[::]' } as const;

export function gatewayArguments(identity: Identity, intent: TemplateIntent, platform: Platform): string[] {
  const host = ALL_ADDRESSES[platform.podAddressFamily];
  const { drain } = intent.availability;
  return [
    `--data-plane=${identity.namespace}/${identity.name}`,
    ...controlPlaneArguments(intent.controlPlane, platform),
    `--token-file=${TOKEN_FILE}`,
    ...intent.listeners.map(({ name, port }) => `--listen=${name}=${host}:${containerPort(port)}`),
    `--status=${host}:${STATUS_PORT}`,
    `--cache-dir=${CACHE_DIRECTORY}`,
    `--drain-delay=${drain.delay}`,
    `--drain-timeout=${drain.timeout}`,
  ];
}

/** Who names endpoints says for them whether `ws://` is allowed; the installation says it for its own. */
function controlPlaneArguments(own: TemplateIntent['controlPlane'], platform: Platform): string[] {
  const chosen =
    own.endpoints.length > 0
      ? own
      : { endpoints: platform.controlPlaneEndpoints, insecure: platform.insecure };
  const endpoints = chosen.endpoints.map((endpoint) => `--control-plane=${endpoint}`);
  return chosen.insecure ? [...endpoints, '--insecure'] : endpoints;
}
