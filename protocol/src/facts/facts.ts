/** Facts: what the world reports. The latest wins; they are cached and never part of a revision. */
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

export type Fact = EndpointsFact;
/** `kind/name`: `endpoints/orders:8080`. */
export type FactKey = `${Fact['kind']}/${string}`;
