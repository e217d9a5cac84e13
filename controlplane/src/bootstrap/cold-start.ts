/** The bootstrap of one DataPlane during a term: what was promoted last, kept in Secrets for pods that start without a control plane. */
import type { DataPlane } from '@holdfast/api/data-plane.ts';
import type { ApiClient } from '@holdfast/kube/client/api-client.ts';
import type { ConditionReport } from '@holdfast/kube/conditions/condition.ts';
import { describeError } from '@holdfast/kube/errors.ts';
import type { EventRecorder } from '@holdfast/kube/events/event-recorder.ts';
import {
  BOOTSTRAP_PARTS,
  type Bootstrap,
  MAX_PART_BYTES,
  packBootstrap,
} from '@holdfast/protocol/bootstrap/bootstrap.ts';
import type { StreamFact } from '@holdfast/protocol/facts/facts.ts';
import type { Logger } from 'pino';
import type { ControlPlaneMetrics } from '../metrics/metrics.ts';
import type { RetainedRevision } from '../revisions/history.ts';
import { type ColdStartReason, coldStartReady } from '../status/cold-start-ready.ts';
import { bootstrapContent } from './bootstrap-content.ts';
import { BootstrapSecrets } from './bootstrap-secrets.ts';
import { type BootstrapTiming, BootstrapWriter } from './bootstrap-writer.ts';

export interface ColdStartOptions {
  /** Fenced by leadership. */
  client: ApiClient;
  fieldManager: string;
  dataPlane: DataPlane;
  events: EventRecorder;
  schemaLevel: number;
  metrics: ControlPlaneMetrics;
  log: Logger;
  timing?: BootstrapTiming | undefined;
  /** The condition is another one than before. */
  onCondition(): void;
}

const MAX_BYTES = BOOTSTRAP_PARTS * MAX_PART_BYTES;

export class ColdStart {
  readonly #options: ColdStartOptions;
  readonly #scope: string;
  readonly #secrets: BootstrapSecrets;
  readonly #writer: BootstrapWriter<Bootstrap>;
  #outcome: { reason: ColdStartReason; detail: string } | undefined;

  constructor(options: ColdStartOptions) {
    const { client, fieldManager, dataPlane, timing } = options;
    this.#options = options;
    this.#scope = `${dataPlane.metadata.namespace}/${dataPlane.metadata.name}`;
    this.#secrets = new BootstrapSecrets({ client, fieldManager, dataPlane });
    this.#writer = new BootstrapWriter({
      write: (content, anew) => this.#write(content, anew),
      onFailure: (error) => this.#conclude('Unwritten', describeError(error)),
      ...(timing && { timing }),
    });
  }

  /** `revision` was promoted, or the facts beside it are others than before. */
  keep(revision: RetainedRevision, facts: readonly StreamFact[]): void {
    const { schemaLevel } = this.#options;
    this.#writer.offer(revision.id, () => bootstrapContent(this.#scope, revision, facts, schemaLevel));
  }

  /** Undefined until something was written or could not be: what stands there from a term before still holds. */
  condition(generation: number): ConditionReport | undefined {
    return this.#outcome && coldStartReady(generation, this.#outcome.reason, this.#outcome.detail);
  }

  close(): Promise<void> {
    return this.#writer.close();
  }

  async #write(content: Bootstrap, anew: boolean): Promise<void> {
    const { metrics } = this.#options;
    const parts = await packBootstrap(content);
    const bytes = parts.reduce((sum, { length }) => sum + length, 0);
    const { sequence } = content.revisions[0]!.revision.id;
    metrics.bootstrapBytes.set({ data_plane: this.#scope }, bytes);
    if (parts.length > BOOTSTRAP_PARTS) {
      this.#conclude(
        'TooLarge',
        `revision ${sequence} and its facts have ${bytes} bytes, allowed are ${MAX_BYTES}`,
      );
      return;
    }
    if (anew) this.#secrets.forget();
    await this.#secrets.write(parts);
    metrics.bootstrapSequence.set({ data_plane: this.#scope }, sequence);
    this.#conclude('Kept', `revision ${sequence} is kept in ${parts.length} of ${BOOTSTRAP_PARTS} Secrets`);
  }

  #conclude(reason: ColdStartReason, detail: string): void {
    const { metrics, log, events, dataPlane: regarding, onCondition } = this.#options;
    if (reason !== 'Kept') metrics.bootstrapFailures.inc({ reason });
    const before = this.#outcome;
    if (before?.reason === reason && before.detail === detail) return;
    this.#outcome = { reason, detail };
    if (reason !== 'Kept') {
      log.error({ dataPlane: this.#scope, reason, detail }, 'the bootstrap is not kept; instances serve on');
      events.record({
        type: 'Warning',
        reason: `Bootstrap${reason}`,
        action: 'KeepBootstrap',
        regarding,
        note: detail,
      });
    }
    onCondition();
  }
}
