/** What the operator sees of one DataPlane at one moment: all that its status is computed from. */
import type { DataPlane } from '@holdfast/api/data-plane.ts';
import type { DataPlaneReason } from '@holdfast/api/data-plane-conditions.ts';
import type { KubeObject } from '@holdfast/kube/objects/object.ts';
import type { StatusDocument } from '@holdfast/protocol/status/status-document.ts';

export interface Observation {
  /** With the status that it has now; ConfigAccepted and `revision` in it are the control plane's. */
  dataPlane: DataPlane;
  /** Undefined: not there, or not ours. So for Service and budget. */
  deployment: DeploymentObject | undefined;
  service: ServiceObject | undefined;
  disruptionBudget: KubeObject | undefined;
  /** Every pod of the Deployment, those that are being deleted too. */
  pods: readonly ObservedPod[];
  /** All of the cluster. */
  nodes: readonly KubeObject[];
  /** Why the children are not as the spec wants them. */
  obstacle?: Obstacle;
}

export interface Obstacle {
  reason: Extract<DataPlaneReason, 'ChildNotOwned' | 'ChildRefused'>;
  message: string;
}

export interface ObservedPod {
  pod: PodObject;
  /** What its status API answered; undefined where it did not. */
  document: StatusDocument | undefined;
}

export interface DeploymentObject extends KubeObject {
  spec: { replicas?: number };
  status?: {
    observedGeneration?: number;
    replicas?: number;
    readyReplicas?: number;
    availableReplicas?: number;
    updatedReplicas?: number;
    conditions?: ObservedCondition[];
  };
}

export interface ServiceObject extends KubeObject {
  spec: { clusterIPs?: string[] };
  status?: { loadBalancer?: { ingress?: { ip?: string; hostname?: string }[] } };
}

export interface PodObject extends KubeObject {
  spec: { nodeName?: string };
  status?: { podIP?: string; phase?: string; conditions?: ObservedCondition[] };
}

export interface ObservedCondition {
  type: string;
  status: string;
  reason?: string;
  message?: string;
}
