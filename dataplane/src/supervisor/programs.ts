/** Where the programs stand that the supervisor starts; images run one bundled file a program. */

/** A worker thread of the supervisor. */
export const AGENT_PROGRAM = new URL('../agent/main.ts', import.meta.url);

/** A child process of the supervisor. */
export const WORKER_PROGRAM = new URL('../worker/main.ts', import.meta.url);
