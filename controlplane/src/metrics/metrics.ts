/** The control plane's metrics, in a registry of their own. */
import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client';

export class ControlPlaneMetrics {
  readonly registry = new Registry();

  readonly instances = new Gauge({
    name: 'holdfast_controlplane_instances',
    help: 'Instances by state.',
    labelNames: ['state'],
    registers: [this.registry],
  });
  readonly sourceSynced = new Gauge({
    name: 'holdfast_controlplane_source_synced',
    help: '1 once the source has been read completely.',
    registers: [this.registry],
  });
  readonly revisionsPublished = new Counter({
    name: 'holdfast_controlplane_revisions_published_total',
    help: 'Revisions published since the start.',
    labelNames: ['data_plane'],
    registers: [this.registry],
  });
  readonly revisionSequence = new Gauge({
    name: 'holdfast_controlplane_revision_sequence',
    help: 'Sequence of the active revision.',
    labelNames: ['data_plane'],
    registers: [this.registry],
  });
  readonly refusals = new Counter({
    name: 'holdfast_controlplane_documents_refused_total',
    help: 'Changes of documents that were refused.',
    labelNames: ['data_plane'],
    registers: [this.registry],
  });
  readonly documentsRefused = new Gauge({
    name: 'holdfast_controlplane_documents_refused',
    help: '1 while the documents are refused and an older revision is active.',
    labelNames: ['data_plane'],
    registers: [this.registry],
  });
  readonly storeProblems = new Counter({
    name: 'holdfast_controlplane_store_failures_total',
    help: 'Failures to read or write revisions, by error code.',
    labelNames: ['code'],
    registers: [this.registry],
  });
  readonly connects = new Counter({
    name: 'holdfast_controlplane_stream_connects_total',
    help: 'Upgrades to a stream, by result: accepted, or the reason of the refusal.',
    labelNames: ['result'],
    registers: [this.registry],
  });
  readonly closes = new Counter({
    name: 'holdfast_controlplane_stream_closes_total',
    help: 'Streams that ended, by reason; Instance: closed or lost by the instance.',
    labelNames: ['reason'],
    registers: [this.registry],
  });
  readonly streams = new Gauge({
    name: 'holdfast_controlplane_streams',
    help: 'Streams open now.',
    registers: [this.registry],
  });
  readonly messages = new Counter({
    name: 'holdfast_controlplane_stream_messages_total',
    help: 'Messages on streams, by direction (sent, received) and type.',
    labelNames: ['direction', 'type'],
    registers: [this.registry],
  });
  readonly bytes = new Counter({
    name: 'holdfast_controlplane_stream_bytes_total',
    help: 'Bytes of messages on streams as encoded, by direction (sent, received) and type.',
    labelNames: ['direction', 'type'],
    registers: [this.registry],
  });
  readonly nacks = new Counter({
    name: 'holdfast_controlplane_nacks_total',
    help: 'Revisions that instances refused.',
    registers: [this.registry],
  });

  readonly rollouts = new Counter({
    name: 'holdfast_controlplane_rollouts_total',
    help: 'Rollouts in steps that ended, by outcome: promoted, rolled_back, refused, withdrawn.',
    labelNames: ['data_plane', 'outcome'],
    registers: [this.registry],
  });
  readonly historyBytes = new Gauge({
    name: 'holdfast_controlplane_history_bytes',
    help: 'Bytes of payload of all ConfigRevisions of DataPlanes; above 256 MB the oldest are deleted, down to 2 each.',
    registers: [this.registry],
  });
  readonly leading = new Gauge({
    name: 'holdfast_controlplane_leading',
    help: '1 while this replica serves instances; with the file source always.',
    registers: [this.registry],
  });
  readonly factsChanged = new Counter({
    name: 'holdfast_controlplane_facts_changed_total',
    help: 'Changes of what is known of Services that configurations name.',
    labelNames: ['data_plane'],
    registers: [this.registry],
  });
  readonly reconciles = new Counter({
    name: 'holdfast_controlplane_reconciles_total',
    help: 'DataPlanes brought to what their ConfigMaps say, by outcome.',
    labelNames: ['outcome'],
    registers: [this.registry],
  });

  readonly bootstrapSequence = new Gauge({
    name: 'holdfast_controlplane_bootstrap_sequence',
    help: 'Sequence of the revision in the bootstrap Secrets, as this replica wrote it.',
    labelNames: ['data_plane'],
    registers: [this.registry],
  });
  readonly bootstrapBytes = new Gauge({
    name: 'holdfast_controlplane_bootstrap_bytes',
    help: 'Compressed bytes of what the bootstrap Secrets hold or, above 4,000,000, should hold.',
    labelNames: ['data_plane'],
    registers: [this.registry],
  });
  readonly bootstrapFailures = new Counter({
    name: 'holdfast_controlplane_bootstrap_failures_total',
    help: 'Bootstraps that were not kept, by reason of the condition ColdStartReady.',
    labelNames: ['reason'],
    registers: [this.registry],
  });

  constructor() {
    collectDefaultMetrics({ register: this.registry });
  }

  /** Takes away what is only true while this replica publishes for the DataPlane. */
  forget(dataPlane: string): void {
    const gauges = [
      this.revisionSequence,
      this.documentsRefused,
      this.bootstrapSequence,
      this.bootstrapBytes,
    ];
    for (const gauge of gauges) gauge.remove({ data_plane: dataPlane });
  }

  message(direction: 'sent' | 'received', type: string, bytes: number): void {
    this.messages.inc({ direction, type });
    this.bytes.inc({ direction, type }, bytes);
  }
}
