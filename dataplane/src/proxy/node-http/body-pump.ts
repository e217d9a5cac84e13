/** Carries one body from a message to another at the speed of the slower side, and tells how it ended. */
import type { IncomingMessage } from 'node:http';
import type { Writable } from 'node:stream';

export interface PumpEvents {
  /** Bytes went over. */
  progress?(): void;
  /** The body is complete; its trailers are in `source.rawTrailers`. The sink is not ended yet. */
  ended(): void;
  /** The source broke off. */
  broken(): void;
  /** No byte went over for `idleMs`; `sinkIsFull` says that it is the receiver who doesn't read. */
  stalled(sinkIsFull: boolean): void;
}

export class BodyPump {
  bytes = 0;
  readonly #source: IncomingMessage;
  readonly #sink: Writable;
  readonly #events: PumpEvents;
  readonly #idle: NodeJS.Timeout;
  #stopped = false;

  constructor(source: IncomingMessage, sink: Writable, idleMs: number, events: PumpEvents) {
    this.#source = source;
    this.#sink = sink;
    this.#events = events;
    this.#idle = setTimeout(() => events.stalled(sink.writableNeedDrain), idleMs);
    source.on('data', this.#forward);
    source.once('end', this.#end);
    source.once('close', this.#broken);
    // 'close' follows and says the same; an 'error' without a listener would end the process.
    source.on('error', ignore);
    sink.on('drain', this.#resume);
  }

  /** Nothing is carried any more, and nothing told. The source is left paused. */
  stop(): void {
    if (this.#stopped) return;
    this.#stopped = true;
    clearTimeout(this.#idle);
    this.#source.off('data', this.#forward);
    this.#source.off('end', this.#end);
    this.#source.off('close', this.#broken);
    this.#sink.off('drain', this.#resume);
    this.#source.pause();
  }

  readonly #forward = (chunk: Buffer): void => {
    this.bytes += chunk.length;
    this.#idle.refresh();
    if (!this.#sink.write(chunk)) this.#source.pause();
    this.#events.progress?.();
  };

  readonly #resume = (): void => {
    this.#idle.refresh();
    this.#source.resume();
  };

  readonly #end = (): void => {
    this.stop();
    this.#events.ended();
  };

  readonly #broken = (): void => {
    this.stop();
    this.#events.broken();
  };
}

function ignore(): void {}
