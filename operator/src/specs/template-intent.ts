/**
 * What a pod template is made from. While it is the same, the template that was rendered first is used again, so that
 * neither a new operator nor a change of anything else in the spec restarts pods (I6).
 */
import type { Availability, DataPlane, DataPlaneSpec, Listener } from '@holdfast/api/data-plane.ts';

/** A field that a later version adds stays out while it has its default, or that upgrade would restart every pod. */
export interface TemplateIntent
  extends Pick<
    DataPlaneSpec,
    'image' | 'imagePullSecrets' | 'resources' | 'controlPlane' | 'probes' | 'podTemplate'
  > {
  /** In the Service they differ in more; in the pod in this. */
  listeners: Pick<Listener, 'name' | 'port' | 'protocol'>[];
  availability: Pick<Availability, 'topologySpread' | 'drain' | 'nodeLossTolerationSeconds'>;
}

export function templateIntent({ spec }: DataPlane): TemplateIntent {
  const { image, imagePullSecrets, resources, controlPlane, probes, podTemplate } = spec;
  const { topologySpread, drain, nodeLossTolerationSeconds } = spec.availability;
  return {
    ...(image === undefined ? {} : { image }),
    imagePullSecrets,
    resources,
    controlPlane,
    listeners: spec.listeners.map(({ name, port, protocol }) => ({ name, port, protocol })),
    availability: { topologySpread, drain, nodeLossTolerationSeconds },
    probes,
    ...(podTemplate === undefined ? {} : { podTemplate }),
  };
}
