/** Asks the status API of every pod, a bounded number at a time, and remembers the answers for a short while. */
import { isIP } from 'node:net';
import { STATUS_PORT } from '@holdfast/api/ports.ts';
import type { StatusDocument } from '@holdfast/protocol/status/status-document.ts';
import type { ObservedPod, PodObject } from '../status/observation.ts';
import { Slots } from './slots.ts';
import { readStatusAnswer } from './status-answer.ts';
import { askStatus } from './status-request.ts';

/** What becomes of a question. */
export const READ_RESULTS = ['answered', 'invalid', 'silent'] as const;
export type ReadResult = (typeof READ_RESULTS)[number];

export interface InstanceReaderOptions {
  /** Default: that of every instance. */
  port?: number | undefined;
  timing?: Partial<ReadTiming> | undefined;
  /** For metrics, after each question. */
  onRead?: ((result: ReadResult) => void) | undefined;
}

/** Milliseconds. */
export interface ReadTiming {
  /** For one answer. */
  timeoutMs: number;
  /** An answer is used again for so long; below the time between two looks at a DataPlane. */
  freshMs: number;
}

interface Remembered {
  atMs: number;
  document: StatusDocument | undefined;
}

const TIMING: ReadTiming = { timeoutMs: 2_000, freshMs: 1_500 };
/** Over all DataPlanes: a fleet whose nodes are gone must not take all descriptors. */
const CONCURRENCY = 64;

export class InstanceReader {
  readonly #port: number;
  readonly #timing: ReadTiming;
  readonly #onRead: (result: ReadResult) => void;
  readonly #slots = new Slots(CONCURRENCY);
  /** By UID of the pod. */
  readonly #remembered = new Map<string, Remembered>();

  constructor({ port = STATUS_PORT, timing, onRead = () => {} }: InstanceReaderOptions = {}) {
    this.#port = port;
    this.#timing = { ...TIMING, ...timing };
    this.#onRead = onRead;
  }

  /** `dataPlane` is `NAMESPACE/NAME`. Never rejects for what a pod does; rejects when the signal aborts. */
  async read(dataPlane: string, pods: readonly PodObject[], signal: AbortSignal): Promise<ObservedPod[]> {
    this.#forgetOld();
    const observed = await Promise.all(
      pods.map(async (pod) => ({ pod, document: await this.#documentOf(dataPlane, pod, signal) })),
    );
    signal.throwIfAborted();
    return observed;
  }

  async #documentOf(
    dataPlane: string,
    pod: PodObject,
    signal: AbortSignal,
  ): Promise<StatusDocument | undefined> {
    const { uid, name } = pod.metadata;
    const host = pod.status?.podIP ?? '';
    if (uid === undefined || isIP(host) === 0 || pod.status?.phase !== 'Running') return undefined;
    const remembered = this.#remembered.get(uid);
    if (remembered !== undefined) return remembered.document;
    const document = await this.#slots.use(() => this.#ask({ dataPlane, instance: name }, host, signal));
    this.#remembered.set(uid, { atMs: performance.now(), document });
    return document;
  }

  async #ask(
    expected: { dataPlane: string; instance: string },
    host: string,
    signal: AbortSignal,
  ): Promise<StatusDocument | undefined> {
    if (signal.aborted) return undefined;
    const { timeoutMs } = this.#timing;
    const answer = await askStatus({ host, port: this.#port, timeoutMs, signal }).catch(() => undefined);
    const document = answer === undefined ? undefined : readStatusAnswer(answer, expected);
    this.#onRead(answer === undefined ? 'silent' : document === undefined ? 'invalid' : 'answered');
    return document;
  }

  #forgetOld(): void {
    const oldestMs = performance.now() - this.#timing.freshMs;
    for (const [uid, { atMs }] of this.#remembered) if (atMs < oldestMs) this.#remembered.delete(uid);
  }
}
