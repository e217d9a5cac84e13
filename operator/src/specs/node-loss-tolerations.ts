/** How long pods stay bound to a node that is lost. */

type Toleration = Record<string, unknown>;

const TAINTS = ['node.kubernetes.io/not-ready', 'node.kubernetes.io/unreachable'];

/**
 * Added after the overlay, which replaces the whole list of tolerations, as Kubernetes' strategic merge does: an overlay that tolerates the taint
 * of its own node pool would otherwise bring back the 300 seconds that Kubernetes adds. A toleration of the user's for the same taint stays.
 */
export function withNodeLossTolerations(
  podSpec: Record<string, unknown>,
  tolerationSeconds: number,
): Record<string, unknown> {
  const given = (podSpec.tolerations ?? []) as Toleration[];
  const missing = TAINTS.filter((key) => !given.some((toleration) => toleration.key === key));
  const added = missing.map((key) => ({ key, operator: 'Exists', effect: 'NoExecute', tolerationSeconds }));
  return { ...podSpec, tolerations: [...given, ...added] };
}
