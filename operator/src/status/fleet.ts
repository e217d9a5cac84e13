/** The instances of a DataPlane as pods and status documents together show them. */
import type { InstanceState } from '@holdfast/api/data-plane-status.ts';
import type { KubeObject } from '@holdfast/kube/objects/object.ts';
import type { StatusDocument } from '@holdfast/protocol/status/status-document.ts';
import type { Observation, ObservedPod, PodObject } from './observation.ts';

const ZONE_LABEL = 'topology.kubernetes.io/zone';

export interface FleetInstance {
  name: string;
  state: InstanceState;
  /** The pod is ready and not being deleted: it gets requests. */
  inService: boolean;
  node: string | undefined;
  zone: string | undefined;
  document: StatusDocument | undefined;
}

export interface Fleet {
  instances: FleetInstance[];
  /** Those that get requests: what conditions call ready. */
  inService: FleetInstance[];
  /** Zones of all nodes. */
  zones: Set<string>;
}

export function fleetOf({ pods, nodes }: Pick<Observation, 'pods' | 'nodes'>): Fleet {
  const zoneOfNode = new Map(nodes.map((node) => [node.metadata.name, zoneOf(node)]));
  const instances = pods.map((observed) => instanceOf(observed, zoneOfNode));
  const zones = new Set([...zoneOfNode.values()].filter((zone) => zone !== undefined));
  return { instances, inService: instances.filter(({ inService }) => inService), zones };
}

function instanceOf(
  { pod, document }: ObservedPod,
  zoneOfNode: Map<string, string | undefined>,
): FleetInstance {
  const node = pod.spec.nodeName;
  return {
    name: pod.metadata.name,
    state: stateOf(pod, document),
    inService: isReady(pod) && !isEnding(pod),
    node,
    zone: node === undefined ? undefined : zoneOfNode.get(node),
    document,
  };
}

/** A pod that never was ready is not expected to answer yet. */
function stateOf(pod: PodObject, document: StatusDocument | undefined): InstanceState {
  if (isEnding(pod) || document?.draining) return 'Draining';
  if (document === undefined) return isReady(pod) ? 'Unreachable' : 'NotReady';
  return document.ready ? 'Ready' : 'NotReady';
}

function isReady({ status }: PodObject): boolean {
  return status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ?? false;
}

function isEnding({ metadata }: PodObject): boolean {
  return metadata.deletionTimestamp !== undefined;
}

function zoneOf({ metadata }: KubeObject): string | undefined {
  return metadata.labels?.[ZONE_LABEL];
}
