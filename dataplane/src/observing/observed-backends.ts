/** What the backends of a configuration ask the instance to find out by itself. */
import type { Backend, Endpoint } from '@holdfast/protocol/configuration/types.ts';
import type { FactKey } from '@holdfast/protocol/facts/facts.ts';
import type { ResourceSet } from '@holdfast/protocol/revision/revision.ts';
import type { FactTable } from '../configuration/fact-table.ts';
import { checkSettings } from './check-settings.ts';
import type { CheckedBackend } from './health-checker.ts';
import type { NameAndPort } from './watched-names.ts';

export function namesOf(resources: ResourceSet): NameAndPort[] {
  return backendsOf(resources).flatMap(({ dns }) => dns ?? []);
}

export function addressesKey({ hostname, port }: NameAndPort): FactKey {
  return `addresses/${hostname}:${port}`;
}

export function checkedBackends(resources: ResourceSet, facts: FactTable): CheckedBackend[] {
  return backendsOf(resources).flatMap((backend) => {
    const active = backend.healthCheck?.active;
    if (active === undefined) return [];
    const endpoints = endpointsOf(backend, facts);
    return [{ name: backend.name, settings: checkSettings(active), endpoints }];
  });
}

function endpointsOf({ endpoints, service, dns }: Backend, facts: FactTable): readonly Endpoint[] {
  if (endpoints !== undefined) return endpoints;
  const key: FactKey = service ? `endpoints/${service.name}:${service.port}` : addressesKey(dns!);
  const fact = facts.get(key);
  return fact === undefined || fact.kind === 'zone' ? [] : fact.value.endpoints;
}

function backendsOf(resources: ResourceSet): Backend[] {
  const backends: Backend[] = [];
  for (const [key, { resource }] of resources) {
    if (key.startsWith('backend/')) backends.push(resource as Backend);
  }
  return backends;
}
