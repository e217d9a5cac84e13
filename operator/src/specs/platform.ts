/** What the installation decides for every DataPlane; the chart sets it. */

export interface Platform {
  /** Image of the instances of a DataPlane without `spec.image`. */
  image: string;
  /** URLs of the chart's own control plane, for a DataPlane without endpoints; at least one. */
  controlPlaneEndpoints: readonly string[];
  /** The chart's own control plane is reached over `ws://`. */
  insecure: boolean;
  /** Address family that pods listen on: IPv4 also where the cluster has both. */
  podAddressFamily: 'IPv4' | 'IPv6';
}
