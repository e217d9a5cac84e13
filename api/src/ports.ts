/** The ports of an instance's pod. */

/** Where each instance answers `/status`, `/status/ready` and `/metrics`; no listener may have it. */
export const STATUS_PORT = 7085;
/** Its name in the pod; no listener may have it. */
export const STATUS_PORT_NAME = 'status';

const FIRST_UNPRIVILEGED = 1024;
const SHIFT = 10_000;

/** The port in the pod of a listener's port: a process without privileges cannot bind one below 1024. */
export function containerPort(port: number): number {
  return port < FIRST_UNPRIVILEGED ? port + SHIFT : port;
}
