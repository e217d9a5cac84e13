/** Scenario c: a fleet of 200 loses its control plane at once. */
import { StreamClient } from '@holdfast/dataplane/configuration/stream-client.ts';
import { SCHEMA_LEVEL } from '@holdfast/protocol/configuration/levels.ts';
import type { RevisionId } from '@holdfast/protocol/revision/revision.ts';
import type { ControlPlaneMessage } from '@holdfast/protocol/stream/messages.ts';
import { STREAM_PATH } from '@holdfast/protocol/stream/messages.ts';
import { markedDocument } from '../harness/configuration-file.ts';
import { eventually, Mark } from '../harness/eventually.ts';
import { scenario } from '../harness/scenario.ts';

const FLEET = 200;
const OUTAGE_MS = 4_000;
const BACK_WITHIN_MS = 20_000;
/** Without jitter all of them would come in one moment. */
const MOST_IN_100_MS = FLEET / 3;

/** An instance without proxy: it follows the stream and acknowledges. */
class LightInstance {
  readonly received = new Map<ControlPlaneMessage['type'], number>();
  connected = false;
  connectedAt = 0;
  bytes = 0;
  #have: RevisionId | undefined;
  readonly #client: StreamClient;

  constructor(name: string, url: string) {
    this.#client = new StreamClient({
      endpoints: [`${url}${STREAM_PATH}`],
      hello: () => ({
        type: 'hello',
        instance: name,
        dataPlane: 'default/edge',
        version: '0.0.0',
        schemaLevel: SCHEMA_LEVEL,
        ...(this.#have && { have: this.#have }),
      }),
      onMessage: (message, bytes) => this.#take(message, bytes),
      onState: ({ connected }) => {
        if (connected && !this.connected) this.connectedAt = performance.now();
        this.connected = connected;
      },
    });
    this.#client.start();
  }

  /** Forgets what has been counted. */
  reset(): void {
    this.received.clear();
    this.bytes = 0;
  }

  close(): Promise<void> {
    return this.#client.close();
  }

  #take(message: ControlPlaneMessage, bytes: number): void {
    this.bytes += bytes;
    this.received.set(message.type, (this.received.get(message.type) ?? 0) + 1);
    if (message.type !== 'snapshot') return;
    this.#have = message.revision;
    this.#client.send({ type: 'ack', revision: message.revision });
  }
}

scenario(
  `${FLEET} instances that lose the control plane at once come back spread out, and each gets \`current\` and no snapshot`,
  async (stage, figures) => {
    stage.configuration.write(markedDocument('1', [9]));
    const controlPlane = await stage.controlPlane();
    await controlPlane.start();
    const fleet = Array.from({ length: FLEET }, (_, index) =>
      stage.own(new LightInstance(`light-${index}`, controlPlane.streamUrl)),
    );
    await eventually('every instance has a snapshot', () =>
      fleet.every(({ received }) => received.get('snapshot') === 1),
    );
    expect(await controlPlane.instances()).toHaveLength(FLEET);

    const lost = new Mark();
    await controlPlane.kill();
    await eventually('every instance has noticed', () => fleet.every(({ connected }) => !connected));
    for (const instance of fleet) instance.reset();
    await lost.reach(OUTAGE_MS);
    await controlPlane.start();
    const back = performance.now();
    await eventually(
      'every instance is told that it is up to date',
      () => fleet.every(({ received }) => received.get('current') === 1),
      {
        timeoutMs: BACK_WITHIN_MS,
      },
    );

    const after = fleet.map(({ connectedAt }) => Math.round(connectedAt - back)).sort((a, b) => a - b);
    const crowd = mostWithin(100, after);
    figures({
      firstBack: `${after[0]}ms`,
      halfBack: `${after[FLEET / 2]}ms`,
      lastBack: `${after.at(-1)}ms`,
      mostIn100ms: crowd,
      bytesEach: Math.round(fleet.reduce((sum, { bytes }) => sum + bytes, 0) / FLEET),
    });
    for (const { received } of fleet) {
      expect(received.get('snapshot')).toBeUndefined();
      expect(received.get('delta')).toBeUndefined();
    }
    expect(crowd).toBeLessThan(MOST_IN_100_MS);
  },
);

/** The most of these sorted moments that lie within any `span`. */
function mostWithin(span: number, moments: number[]): number {
  return Math.max(
    ...moments.map(
      (moment, index) => moments.filter((other, at) => at >= index && other < moment + span).length,
    ),
  );
}
