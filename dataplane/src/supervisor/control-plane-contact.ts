/** What the supervisor knows of the control plane, and what it tells it: health figures each 5 s, and at once when readiness changes. */
import type { StatusDocument } from '@holdfast/protocol/status/status-document.ts';
import type { Report } from '@holdfast/protocol/stream/messages.ts';

/** A gate of a rollout waits for figures. */
const REPORT_MS = 5_000;

type ControlPlaneState = StatusDocument['controlPlane'];

export interface ContactOptions {
  status: () => StatusDocument;
  /** What was counted since the last call. */
  takeFigures: () => Pick<Report, 'requests' | 'revisions'>;
  send: (report: Report) => void;
}

export class ControlPlaneContact {
  readonly #options: ContactOptions;
  #state: ControlPlaneState = { connected: false, endpoint: null, since: new Date().toISOString() };
  #timer: NodeJS.Timeout | undefined;
  #reported = '';

  constructor(options: ContactOptions) {
    this.#options = options;
  }

  get state(): ControlPlaneState {
    return this.#state;
  }

  start(): void {
    this.#timer = setInterval(() => this.#report(this.#options.status()), REPORT_MS);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** The agent says how the stream is. */
  take({ connected, endpoint, since }: ControlPlaneState): void {
    this.#state = { connected, endpoint, since };
    this.#report(this.#options.status());
  }

  /** The agent died, and the stream with it. */
  lose(): void {
    if (!this.#state.connected) return;
    this.#state = { ...this.#state, connected: false, since: new Date().toISOString() };
  }

  /** Workers came or went, or the drain has begun. */
  reportIfChanged(): void {
    const status = this.#options.status();
    if (this.#reported !== readinessOf(status)) this.#report(status);
  }

  /** What can't be sent now is counted on, for the report after the next connect. */
  #report(status: StatusDocument): void {
    if (!this.#state.connected) return;
    this.#reported = readinessOf(status);
    const { ready, degraded, draining, workers } = status;
    const figures = this.#options.takeFigures();
    this.#options.send({ type: 'report', ready, degraded, draining, workers, ...figures });
  }
}

function readinessOf({ ready, draining }: StatusDocument): string {
  return `${ready} ${draining}`;
}
