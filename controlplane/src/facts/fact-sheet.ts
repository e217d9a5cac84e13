/** The facts of one DataPlane: resolved for the Services that its revisions name, and encoded once for all instances (I8). */
import type { EndpointsFact } from '@holdfast/protocol/facts/facts.ts';
import type { ResourceSet } from '@holdfast/protocol/revision/revision.ts';
import { type EndpointSlice, SERVICE_NAME_LABEL, type Service } from '../kubernetes/objects.ts';
import { encode, type Payload } from '../stream/payloads.ts';
import { factName, resolveService, type ServicePort, servicePortsOf } from './service-facts.ts';

/** The part of a cluster that facts come from: one namespace. */
export interface ServiceView {
  service(name: string): Service | undefined;
  endpointSlices(): readonly EndpointSlice[];
}

export class FactSheet {
  readonly #view: ServiceView;
  /** Revisions do not change, so each is gone through once. */
  readonly #named = new WeakMap<ResourceSet, ServicePort[]>();
  #wanted = new Map<string, ServicePort>();
  #versions = '';
  #facts: readonly EndpointsFact[] = [];
  #payload: Payload | undefined;

  constructor(view: ServiceView) {
    this.#view = view;
  }

  /** Absent until a revision names a Service. */
  get payload(): Payload | undefined {
    return this.#payload;
  }

  get facts(): readonly EndpointsFact[] {
    return this.#facts;
  }

  names(service: string): boolean {
    return [...this.#wanted.values()].some(({ name }) => name === service);
  }

  /** For the revisions that an instance may serve; true where the facts are others than before. */
  update(revisions: Iterable<{ resources: ResourceSet }>): boolean {
    const ports = [...revisions].flatMap(({ resources }) => this.#portsOf(resources));
    this.#wanted = new Map(ports.map((port) => [factName(port), port]));
    const facts = this.#resolve();
    const versions = JSON.stringify(facts.map(({ name, version }) => [name, version]));
    const never = facts.length === 0 && this.#payload === undefined;
    if (versions === this.#versions || never) return false;
    this.#versions = versions;
    this.#facts = facts;
    this.#payload = encode({ type: 'facts', complete: true, facts });
    return true;
  }

  #resolve(): EndpointsFact[] {
    const slices = new Map<string, EndpointSlice[]>();
    if (this.#wanted.size > 0) {
      for (const slice of this.#view.endpointSlices()) {
        const service = slice.metadata.labels?.[SERVICE_NAME_LABEL] ?? '';
        slices.set(service, [...(slices.get(service) ?? []), slice]);
      }
    }
    return [...this.#wanted.values()]
      .toSorted((a, b) => (factName(a) < factName(b) ? -1 : 1))
      .map((port) => resolveService(port, this.#view.service(port.name), slices.get(port.name) ?? []));
  }

  #portsOf(resources: ResourceSet): ServicePort[] {
    let ports = this.#named.get(resources);
    if (ports === undefined) {
      ports = servicePortsOf(resources);
      this.#named.set(resources, ports);
    }
    return ports;
  }
}
