/** What Kubernetes keeps about every object, as far as the programs read it. */

export interface Metadata {
  name: string;
  namespace: string;
  uid: string;
  /** Rises with each change of the spec. */
  generation: number;
  resourceVersion?: string;
  creationTimestamp?: string;
  deletionTimestamp?: string;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
}
