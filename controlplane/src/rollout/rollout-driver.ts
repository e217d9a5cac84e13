/** Drives one rollout: asks the fleet how it stands, tells it what changes, keeps trials alive, and says how it ended. */
import type { Report } from '@holdfast/protocol/stream/messages.ts';
import type { RetainedRevision } from '../revisions/history.ts';
import { type Member, Rollout, type RolloutOutcome } from './rollout.ts';
import type { RolloutPlan } from './rollout-plan.ts';

/** How long an instance keeps what is on trial unless it is told again: what a control plane may be away without setting a rollout back. */
export const CONFIRM_BY_MS = 20_000;
const RENEW_MS = 5_000;
const STEP_MS = 250;

/** The instances of the DataPlane. */
export interface Fleet {
  members(candidate: RetainedRevision): Member[];
  /** Sends each what it should have now. */
  advance(): void;
  /** Tells those that have something on trial to keep it for longer. */
  renew(): void;
}

export class RolloutDriver {
  readonly candidate: RetainedRevision;
  readonly #rollout: Rollout;
  readonly #fleet: Fleet;
  readonly #onOutcome: (outcome: RolloutOutcome) => void;
  readonly #stepping: NodeJS.Timeout;
  readonly #renewing: NodeJS.Timeout;

  constructor(
    candidate: RetainedRevision,
    plan: RolloutPlan,
    fleet: Fleet,
    onOutcome: (outcome: RolloutOutcome) => void,
  ) {
    this.candidate = candidate;
    this.#rollout = new Rollout(candidate.id, plan, performance.now());
    this.#fleet = fleet;
    this.#onOutcome = onOutcome;
    this.#stepping = setInterval(() => this.#step(), STEP_MS);
    this.#renewing = setInterval(() => fleet.renew(), RENEW_MS);
  }

  isFor(instance: string): boolean {
    return this.#rollout.isFor(instance);
  }

  adopt(instance: string): void {
    this.#rollout.adopt(instance, performance.now());
  }

  record(instance: string, report: Report): void {
    this.#rollout.record(instance, report, performance.now());
  }

  /** Nothing is decided or renewed any more. */
  stop(): void {
    clearInterval(this.#stepping);
    clearInterval(this.#renewing);
  }

  #step(): void {
    const before = [...this.#rollout.chosen].join();
    const outcome = this.#rollout.step(this.#fleet.members(this.candidate), performance.now());
    if (outcome === undefined) {
      const { phase, reason, message } = this.#rollout.story;
      this.candidate.become(phase, reason, message);
      if (before !== [...this.#rollout.chosen].join()) this.#fleet.advance();
      return;
    }
    // Trials go on until the outcome is written.
    clearInterval(this.#stepping);
    this.#onOutcome(outcome);
  }
}
