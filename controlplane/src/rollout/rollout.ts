/**
 * One rollout: takes what instances say and how time passes, and answers whom the candidate is for and how it ends.
 * Pure: no socket, no timer, no clock.
 *
 * Stage after stage more instances try the candidate. A stage ends when all of them serve it, the soak has passed and
 * each has reported since, so that the figures cover the whole soak. What was never promoted is given to nobody else
 * from the moment a gate fails.
 */
import { hash } from 'node:crypto';
import type { RevisionId } from '@holdfast/protocol/revision/revision.ts';
import type { Reason, Report } from '@holdfast/protocol/stream/messages.ts';
import { describeFigures, type Figures, judgeErrors, NO_FIGURES } from './gates.ts';
import type { RolloutPlan } from './rollout-plan.ts';

/** A connected instance, as far as a rollout cares. */
export interface Member {
  instance: string;
  /** It could try the candidate: ready, not draining, and new enough for trials and for what the candidate uses. */
  eligible: boolean;
  draining: boolean;
  /** It serves the candidate on trial. */
  tries: boolean;
  /** Why it refused the candidate. */
  refusal: Reason[] | undefined;
}

/** Why a rollout ended or what it waits for; the reference documentation lists them from here. */
export const ROLLOUT_REASONS = {
  WaitingForInstances: 'Canary: no instance is there that could try it',
  Applying: 'Canary, Promoting: instances that are to try it do not all serve it yet',
  Soaking: 'Canary, Promoting: instances try it; the gates are judged while and after the soak',
  LittleTraffic: 'Canary, Promoting: too little traffic to judge by, and the DataPlane says to hold then',
  Refused: 'Refused: an instance that was to try it refused it; the message names why',
  WorkerCrashed: 'RolledBack: workers crashed with it, and fewer without it',
  TooManyErrors: 'RolledBack: the share of answers 5xx was above that of the rest of the fleet',
  InstancesLost: 'RolledBack: instances that tried it were lost one after the other, and no others',
} as const;

export type RolloutReason = keyof typeof ROLLOUT_REASONS;

export interface RolloutStory {
  phase: 'Canary' | 'Promoting';
  reason: RolloutReason;
  message: string;
}

export type RolloutOutcome =
  | { kind: 'promote'; message: string }
  | {
      kind: 'end';
      phase: 'RolledBack' | 'Refused';
      reason: RolloutReason;
      message: string;
      reasons: Reason[];
    };

interface Chosen {
  /** It served the candidate. */
  tried: boolean;
  lostAt: number | undefined;
  reportedAt: number;
}

/** As long as an instance keeps what is on trial without a control plane: one that is not back by then has left it. */
const LOST_MS = 20_000;
/** One may be lost by chance, or be taken away; the second one goes because of the candidate. */
const LOST_MOST = 2;
/** After the soak, for reports that do not come. */
const REPORT_WAIT_MS = 10_000;

export class Rollout {
  readonly candidate: RevisionId;
  readonly #plan: RolloutPlan;
  readonly #chosen = new Map<string, Chosen>();
  /** Instances that were not chosen, and seen at the last step. */
  #others = new Set<string>();
  #stage = 0;
  #stageSince: number;
  #soakSince: number | undefined;
  #trial: Figures = { ...NO_FIGURES };
  #rest: Figures = { ...NO_FIGURES };
  #lost = 0;
  #othersLost = 0;
  #story: RolloutStory = {
    phase: 'Canary',
    reason: 'WaitingForInstances',
    message: 'no instance could try it yet',
  };

  /** `now` in milliseconds of a steady clock, here and below. */
  constructor(candidate: RevisionId, plan: RolloutPlan, now: number) {
    this.candidate = candidate;
    this.#plan = plan;
    this.#stageSince = now;
  }

  get story(): RolloutStory {
    return this.#story;
  }

  get chosen(): ReadonlySet<string> {
    return new Set(this.#chosen.keys());
  }

  isFor(instance: string): boolean {
    return this.#chosen.has(instance);
  }

  /** An instance that comes back with the candidate keeps it: a control plane that died had chosen it. */
  adopt(instance: string, now: number): void {
    if (this.#stage > 0 || now - this.#stageSince > LOST_MS || this.#chosen.has(instance)) return;
    this.#add(instance, true);
  }

  /** Figures of an instance, from the moment of its report. */
  record(
    instance: string,
    { requests, revisions }: Pick<Report, 'requests' | 'revisions'>,
    now: number,
  ): void {
    const chosen = this.#chosen.get(instance);
    if (chosen !== undefined) chosen.reportedAt = now;
    // An instance that is too old to tell them apart serves no candidate.
    const all = revisions ?? [{ revision: undefined, requests, workerCrashes: 0 }];
    for (const { revision, requests, workerCrashes } of all) {
      const tries = revision !== undefined && this.#isCandidate(revision);
      if (!tries && chosen !== undefined) continue;
      const figures = tries ? this.#trial : this.#rest;
      figures.requests += requests.total;
      figures.failed += requests.failed;
      figures.crashes += workerCrashes;
    }
  }

  /** To be called again and again; `chosen` may have changed afterwards. After an outcome it is over. */
  step(members: readonly Member[], now: number): RolloutOutcome | undefined {
    const byName = new Map(members.map((member) => [member.instance, member]));
    this.#followChosen(byName, now);
    this.#followOthers(byName);
    const failure = this.#failure(byName, now);
    if (failure !== undefined) return failure;
    const able = members.filter(({ eligible }) => eligible);
    this.#choose(able);
    return this.#advance(byName, able.length, now);
  }

  /** The same sequence has other hashes for instances of other schema levels. */
  #isCandidate({ lineage, sequence }: RevisionId): boolean {
    return lineage === this.candidate.lineage && sequence === this.candidate.sequence;
  }

  #followChosen(byName: ReadonlyMap<string, Member>, now: number): void {
    for (const [name, chosen] of this.#chosen) {
      const member = byName.get(name);
      if (member === undefined) {
        chosen.lostAt ??= now;
        if (now - chosen.lostAt <= LOST_MS) continue;
        this.#chosen.delete(name);
        if (chosen.tried) this.#lost++;
      } else if (member.draining) {
        this.#chosen.delete(name);
      } else {
        // Who comes back without it was started anew: what it tried did not let it live.
        if (chosen.lostAt !== undefined && chosen.tried && !member.tries) this.#lost++;
        chosen.lostAt = undefined;
        chosen.tried = member.tries;
      }
    }
  }

  #followOthers(byName: ReadonlyMap<string, Member>): void {
    for (const name of this.#others) if (!byName.has(name) && !this.#chosen.has(name)) this.#othersLost++;
    const others = [...byName.values()].filter(({ instance, draining }) => {
      return !draining && !this.#chosen.has(instance);
    });
    this.#others = new Set(others.map(({ instance }) => instance));
  }

  #failure(byName: ReadonlyMap<string, Member>, now: number): RolloutOutcome | undefined {
    for (const name of this.#chosen.keys()) {
      const reasons = byName.get(name)?.refusal;
      if (reasons !== undefined) return refusedBy(name, reasons);
    }
    const figures = describeFigures(this.#trial, this.#rest, now - this.#stageSince);
    const { crashes } = this.#trial;
    if (crashes > this.#rest.crashes)
      return failed('WorkerCrashed', `${crashes} workers crashed with it, ${this.#rest.crashes} without`);
    if (this.#lost >= LOST_MOST && this.#othersLost === 0)
      return failed('InstancesLost', `${this.#lost} instances that tried it were lost, and no others`);
    // Before the soak has passed only where there is something to compare with.
    const comparable = this.#rest.requests >= this.#plan.gates.minRequests || this.#hasSoaked(now);
    if (comparable && judgeErrors(this.#trial, this.#rest, this.#plan.gates) === 'bad')
      return failed('TooManyErrors', figures);
    return undefined;
  }

  /** First those that try it already: they were chosen by a control plane that died. */
  #choose(able: readonly Member[]): void {
    const wanted = this.#plan.stages(able.length)[this.#stage] ?? able.length;
    const free = able.filter(({ instance }) => !this.#chosen.has(instance));
    free.sort((a, b) => Number(b.tries) - Number(a.tries) || (this.#rank(a) < this.#rank(b) ? -1 : 1));
    for (const { instance, tries } of free) {
      if (this.#chosen.size >= wanted) return;
      this.#add(instance, tries);
    }
  }

  #add(instance: string, tried: boolean): void {
    this.#chosen.set(instance, { tried, lostAt: undefined, reportedAt: Number.NEGATIVE_INFINITY });
    this.#others.delete(instance);
    this.#soakSince = undefined;
  }

  /** Another order for each candidate, so that not always the same instances go first. */
  #rank({ instance }: Member): string {
    return hash('sha256', `${this.candidate.hash} ${instance}`);
  }

  #advance(byName: ReadonlyMap<string, Member>, able: number, now: number): RolloutOutcome | undefined {
    const names = [...this.#chosen.keys()];
    if (names.length === 0) {
      this.#soakSince = undefined;
      this.#tell('WaitingForInstances', 'no instance is there that could try it');
      return undefined;
    }
    const trying = names.filter((name) => byName.get(name)?.tries).length;
    const whom = `${names.length} of ${able} instances`;
    if (trying < names.length) {
      this.#soakSince = undefined;
      this.#tell('Applying', `${trying} of ${names.length} instances that are to try it serve it`);
      return undefined;
    }
    this.#soakSince ??= now;
    this.#tell('Soaking', `${whom} try it`);
    if (!this.#hasSoaked(now)) return undefined;
    const verdict = judgeErrors(this.#trial, this.#rest, this.#plan.gates);
    const figures = describeFigures(this.#trial, this.#rest, now - this.#stageSince);
    if (verdict === 'little' && this.#plan.gates.littleTraffic === 'Hold') {
      this.#tell('LittleTraffic', `${whom} try it, with too little traffic to judge by: ${figures}`);
      return undefined;
    }
    const little = verdict === 'little' ? 'too little traffic to judge by: ' : '';
    return this.#nextStage(able, `${little}${figures}`, now);
  }

  #hasSoaked(now: number): boolean {
    if (this.#soakSince === undefined) return false;
    const soaked = this.#soakSince + this.#plan.soakMs;
    if (now < soaked) return false;
    const reported = [...this.#chosen.values()].every(({ reportedAt }) => reportedAt >= soaked);
    return reported || now >= soaked + REPORT_WAIT_MS;
  }

  /** Stages that ask for no more instances than try it already are passed over. */
  #nextStage(able: number, message: string, now: number): RolloutOutcome | undefined {
    const stages = this.#plan.stages(able);
    do this.#stage++;
    while (this.#stage < stages.length && stages[this.#stage]! <= this.#chosen.size);
    if (this.#stage >= stages.length) return { kind: 'promote', message };
    this.#stageSince = now;
    this.#soakSince = undefined;
    this.#trial = { ...NO_FIGURES };
    this.#rest = { ...NO_FIGURES };
    return undefined;
  }

  #tell(reason: RolloutReason, message: string): void {
    this.#story = { phase: this.#stage === 0 ? 'Canary' : 'Promoting', reason, message };
  }
}

function refusedBy(instance: string, reasons: Reason[]): RolloutOutcome {
  const [first] = reasons;
  const message = `${instance} refused it: ${first?.pointer ?? ''} ${first?.message ?? ''}`.replace(
    / +/g,
    ' ',
  );
  return { kind: 'end', phase: 'Refused', reason: 'Refused', message, reasons };
}

function failed(reason: RolloutReason, message: string): RolloutOutcome {
  return { kind: 'end', phase: 'RolledBack', reason, message, reasons: [] };
}
