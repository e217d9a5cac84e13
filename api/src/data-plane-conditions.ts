/** The conditions of a DataPlane, and every reason that they give. */

/** What each condition says when it is True; the reference documentation lists them from here. */
export const DATA_PLANE_CONDITIONS = {
  Ready: 'it serves as it is wanted: available and observed; the control plane may be away',
  Available: 'enough instances are available, as the disruption budget counts',
  Progressing: 'pods are being replaced, added or removed',
  ConfigAccepted: 'the newest gateway configuration is accepted (written by the control plane)',
  ColdStartReady:
    'a pod that starts without a control plane finds the last promoted revision (written by the control plane)',
  ConfigSynced: 'every ready instance serves the published revision',
  ControlPlaneConnected: 'every ready instance has a stream to the control plane; they serve without it',
  HighlyAvailable: 'the loss of a pod, a node or a zone leaves others that serve',
} as const;

export type DataPlaneConditionType = keyof typeof DATA_PLANE_CONDITIONS;

/** Every reason that the operator gives, with what it means; the reference documentation lists them from here. */
export const DATA_PLANE_REASONS = {
  Serving: 'Ready: it serves as it is wanted',
  NoConfiguration: 'Ready: nothing has been published yet; the message says what to create',
  Unavailable: 'Ready: fewer instances are available than wanted; see Available',
  NotObserved: 'Ready: the newest spec has not been acted on yet',
  EnoughInstances: 'Available: no more instances are missing than the disruption budget allows',
  ScaledToZero: 'Ready, Available, HighlyAvailable: no instances are wanted',
  TooFewInstances: 'Available: more instances are missing than the disruption budget allows',
  RollingOut: 'Progressing: pods are being replaced, added or removed',
  Complete: 'Progressing: all pods are as wanted',
  Stalled:
    'Progressing: the rollout has not come forward for its deadline; the message is that of the Deployment',
  ChildNotOwned:
    'Ready, Progressing: an object of the same name belongs to someone else, and stays untouched',
  ChildRefused:
    'Ready, Progressing: the API server refused a child, as a podTemplate that makes no valid pod',
  Synced: 'ConfigSynced: every ready instance serves the published revision',
  OtherRevision: 'ConfigSynced: a ready instance serves another revision than the published one',
  NothingPublished: 'ConfigSynced: no revision has been published',
  Connected: 'ControlPlaneConnected: every ready instance has a stream',
  Disconnected: 'ControlPlaneConnected: a ready instance has no stream; it serves on',
  NoReadyInstances: 'ConfigSynced, ControlPlaneConnected: no instance is ready',
  InstancesSilent: 'ConfigSynced, ControlPlaneConnected: a ready instance does not answer the operator',
  Spread: 'HighlyAvailable: nothing is missing',
  OneInstance: 'HighlyAvailable: spec.replicas is less than 2',
  InstancesMissing: 'HighlyAvailable: fewer instances are ready than wanted',
  OneNode: 'HighlyAvailable: all ready instances are on one node',
  OneZone: 'HighlyAvailable: all ready instances are in one zone, and the nodes have more',
  NoDisruptionBudget: 'HighlyAvailable: there is no PodDisruptionBudget',
  NotSynced: 'HighlyAvailable: a ready instance does not serve the published revision, or does not answer',
  SeveralShortfalls: 'HighlyAvailable: more than one of these; the message names each',
} as const;

export type DataPlaneReason = keyof typeof DATA_PLANE_REASONS;
