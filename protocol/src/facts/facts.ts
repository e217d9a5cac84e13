/** Facts: what the world reports, to the control plane or to the instance itself. The latest wins; they are cached and never part of a revision. */
import type { Endpoint } from '../configuration/types.ts';

/** The endpoints of a Service's port. */
export interface EndpointsFact {
  kind: 'endpoints';
  /** `SERVICE:PORT`, as a backend's `service` names it. */
  name: string;
  /** Opaque to the instance, compared for equality only. */
  version: string;
  value: {
    endpoints: Endpoint[];
    /** The Service's cluster IP: used when contact is lost and every known endpoint fails. */
    fallback?: Endpoint;
  };
}

/** The addresses of a name, as the instance resolved it. */
export interface AddressesFact {
  kind: 'addresses';
  /** `HOSTNAME:PORT`, as a backend's `dns` names it. */
  name: string;
  version: string;
  value: { endpoints: Endpoint[] };
}

/** The zone that the instance is in, as its control plane or its settings say. */
export interface ZoneFact {
  kind: 'zone';
  name: 'own';
  version: string;
  value: { zone: string };
}

/** What the stream tells of; the others an instance finds out itself. */
export type StreamFact = EndpointsFact;
export type Fact = StreamFact | AddressesFact | ZoneFact;
/** `kind/name`: `endpoints/orders:8080`. */
export type FactKey = `${Fact['kind']}/${string}`;

/** The kinds that this version knows. */
export const STREAM_FACT_KINDS: ReadonlySet<Fact['kind']> = new Set<StreamFact['kind']>(['endpoints']);
export const FACT_KINDS: ReadonlySet<Fact['kind']> = new Set(['endpoints', 'addresses', 'zone']);
