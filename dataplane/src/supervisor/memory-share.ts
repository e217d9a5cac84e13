/** How the memory that the system grants the instance is shared between its heaps. */

const MEGABYTE = 1024 * 1024;
/** The rest is for buffers outside the heaps, the supervisor, and code. */
const WORKERS_SHARE = 0.6;
const AGENT_SHARE = 0.15;
/** Below these a program can't start or hold a small configuration; a pod that small is killed, not slow. */
const WORKER_LEAST = 64;
const AGENT_LEAST = 96;
const AGENT_MOST = 1024;

/** MiB of old space for each worker; undefined without a limit: Node's own default. `constrainedBytes`: 0 or above the machine's where there is no limit. */
export function workerHeapMegabytes(
  constrainedBytes: number,
  machineBytes: number,
  workers: number,
): number | undefined {
  if (!isLimited(constrainedBytes, machineBytes)) return undefined;
  return Math.max(WORKER_LEAST, Math.floor((constrainedBytes * WORKERS_SHARE) / workers / MEGABYTE));
}

/** MiB of old space for the agent, limited in any case: what it reads comes from outside. */
export function agentHeapMegabytes(constrainedBytes: number, machineBytes: number): number {
  const bytes = isLimited(constrainedBytes, machineBytes) ? constrainedBytes : machineBytes;
  return Math.min(AGENT_MOST, Math.max(AGENT_LEAST, Math.floor((bytes * AGENT_SHARE) / MEGABYTE)));
}

function isLimited(constrainedBytes: number, machineBytes: number): boolean {
  return constrainedBytes > 0 && constrainedBytes < machineBytes;
}
