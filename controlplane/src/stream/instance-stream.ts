/** One stream of an instance: its messages, its timeouts, and what it is sent. */
import { TRIAL_LEVEL } from '@holdfast/protocol/configuration/levels.ts';
import { ProtocolError } from '@holdfast/protocol/errors.ts';
import { sameRevision } from '@holdfast/protocol/revision/revision.ts';
import { decodeInstanceMessage } from '@holdfast/protocol/stream/codec.ts';
import type { Ack, Hello, InstanceMessage, Nack, Report } from '@holdfast/protocol/stream/messages.ts';
import type { Logger } from 'pino';
import type { WebSocket } from 'ws';
import { STREAM_CLOSES, type StreamClose } from '../errors.ts';
import type { Fleet } from '../fleet/fleet.ts';
import type { ControlPlaneMetrics } from '../metrics/metrics.ts';
import type { Standing } from '../publisher.ts';
import type { RetainedRevision } from '../revisions/history.ts';
import type { Publication, Target } from '../revisions/publication.ts';
import type { Member } from '../rollout/rollout.ts';
import { CONFIRM_BY_MS } from '../rollout/rollout-driver.ts';
import { encode, type Payload, type Payloads } from './payloads.ts';
import { Progress } from './progress.ts';
import type { Admission } from './tokens.ts';

/** Milliseconds. */
export interface StreamTiming {
  /** For the first hello. */
  helloMs: number;
  /** For the answer to a revision. */
  answerMs: number;
  pingMs: number;
}

export const STREAM_TIMING: StreamTiming = { helloMs: 3_000, answerMs: 60_000, pingMs: 5_000 };

/**
 * Pings since the instance was heard, after which it is gone: 15 s. Counted and not timed, since a control plane that
 * stood still itself would otherwise cut its whole fleet before it has read what waits in the sockets.
 */
const MAX_UNHEARD_PINGS = 3;

/** Between a close frame and cutting the connection of a peer that does not answer it. */
const CLOSE_TIMEOUT_MS = 1_000;
const MAX_HELLOS = 10;
const HELLO_WINDOW_MS = 60_000;

export interface StreamParts {
  /** What is published for a DataPlane; undefined where nothing ever was. */
  publicationFor(dataPlane: string): Publication | undefined;
  /** What is known of the Services that it names; undefined where nothing is told. */
  factsFor(dataPlane: string): Payload | undefined;
  /** Where an instance is; undefined where it is not known, or not yet. */
  zoneOf(dataPlane: string, instance: string): string | undefined;
  fleet: Fleet;
  payloads: Payloads;
  metrics: ControlPlaneMetrics;
  log: Logger;
  schemaLevel: number;
  /** Says who answers: name and version of this control plane. */
  controlPlane: string;
  version: string;
  timing: StreamTiming;
}

/** Reasons to close that an instance is told of before. */
export type Farewell = 'GoingAway' | 'LeadershipLost';

export interface StreamPeer {
  remoteAddress: string;
  /** What its token gave access to; undefined on loopback without tokens, where hello is trusted. */
  admission?: Admission;
}

export class InstanceStream {
  readonly #socket: WebSocket;
  readonly #peer: StreamPeer;
  readonly #parts: StreamParts;
  readonly #progress = new Progress();
  readonly #pings: NodeJS.Timeout;
  /** For hello, and then for the answer to each revision. */
  #deadline: NodeJS.Timeout | undefined;
  #hello: Hello | undefined;
  #hellos: number[] = [];
  #unheardPings = 0;
  /** As the instance was told. */
  #zone: string | undefined;
  /** The publication that was told what the instance has. */
  #met: Publication | undefined;
  #facts: Payload | undefined;
  /** Given to the socket and not written out: at most one, so that a slow instance gets the newest next, not a queue. */
  #factsOnTheWay = false;
  /** The latest one. */
  #report: Report | undefined;
  #closeReason: StreamClose | undefined;
  #log: Logger;

  constructor(socket: WebSocket, peer: StreamPeer, parts: StreamParts) {
    this.#socket = socket;
    this.#peer = peer;
    this.#parts = parts;
    this.#log = parts.log.child({ remoteAddress: peer.remoteAddress });
    this.#deadline = setTimeout(() => this.close('HelloMissing'), parts.timing.helloMs);
    this.#pings = setInterval(() => this.#checkPeer(), parts.timing.pingMs);
    socket.on('message', (data, binary) => this.#receive(data as Buffer, binary));
    for (const sign of ['ping', 'pong'] as const) socket.on(sign, () => this.#heard());
    socket.on('error', (error) => this.#failed(error));
    socket.once('close', () => this.#ended());
  }

  /** The DataPlane it asked for; undefined before hello. */
  get dataPlane(): string | undefined {
    return this.#hello?.dataPlane;
  }

  /** Sends what the instance should have now, unless a revision is on its way to it. */
  advance(): void {
    const hello = this.#hello;
    if (hello === undefined || this.#closeReason !== undefined || this.#isRevoked()) return;
    this.#meet(hello);
    this.#advanceZone(hello);
    this.#advanceFacts(hello);
    const target = this.#target(hello);
    const step = this.#progress.next(target);
    if (step.send === 'current') {
      this.#send(encode({ type: 'current', revision: step.revision }));
      if (step.isAnswered) this.#awaitAnswer();
    }
    if (step.send === 'revision') {
      this.#awaitAnswer();
      const { have } = this.#progress;
      const base = have && this.#parts.publicationFor(hello.dataPlane)?.history.baseOf(have);
      const { payloads } = this.#parts;
      const confirmByMs = step.trial ? CONFIRM_BY_MS : undefined;
      this.#send(
        base === undefined
          ? payloads.snapshot(step.revision, confirmByMs)
          : payloads.change(have!, base, step.revision, confirmByMs),
      );
    }
    const { state, reasons } = this.#progress.state(target);
    const { have, trial } = this.#progress;
    this.#parts.fleet.update(this, hello, state, trial ?? have, reasons);
  }

  /** Tells an instance that has something on trial, and is to have it, to keep it for longer. */
  renew(): void {
    const { trial: revision, onTheWay } = this.#progress;
    if (this.#hello === undefined || revision === undefined || onTheWay !== undefined) return;
    const target = this.#target(this.#hello);
    if (target?.trial !== true || !sameRevision(target.projection.revision?.id, revision)) return;
    this.#send(encode({ type: 'current', revision, confirmByMs: CONFIRM_BY_MS }));
  }

  /** How it stands to a revision that is being rolled out; undefined before hello. */
  member(candidate: RetainedRevision): Member | undefined {
    const hello = this.#hello;
    if (hello === undefined || this.#closeReason !== undefined) return undefined;
    const { instance, schemaLevel } = hello;
    const id = candidate.projection(this.#levelOf(hello)).revision?.id;
    const { trial, refused } = this.#progress;
    const { ready = false, draining = false } = this.#report ?? {};
    return {
      instance,
      eligible: ready && !draining && id !== undefined && schemaLevel >= TRIAL_LEVEL,
      draining,
      tries: id !== undefined && sameRevision(trial, id),
      refusal: id !== undefined && sameRevision(refused?.revision, id) ? refused?.reasons : undefined,
    };
  }

  /** Of the instance that it speaks for; undefined before hello. */
  get standing(): Standing | undefined {
    if (this.#hello === undefined) return undefined;
    const { have, trial, refused } = this.#progress;
    return { instance: this.#hello.instance, serves: trial ?? have, refused: refused?.revision };
  }

  /** Tells the instance to come back at a random moment within `spreadMs`, here or elsewhere. */
  goAway(spreadMs: number, farewell: Farewell): void {
    this.#send(encode({ type: 'goaway', spreadMs, reason: STREAM_CLOSES[farewell].description }));
    this.close(farewell);
  }

  close(reason: StreamClose): void {
    if (this.#closeReason !== undefined) return;
    this.#closeReason = reason;
    const { code } = STREAM_CLOSES[reason];
    if (code !== 1001) this.#log.warn({ reason }, 'stream closed');
    // 1006 cannot be sent: it says that there was no close frame.
    if (code === 1006) this.#socket.terminate();
    else this.#socket.close(code, reason);
    clearTimeout(this.#deadline);
    this.#deadline = setTimeout(() => this.#socket.terminate(), CLOSE_TIMEOUT_MS);
  }

  #receive(data: Buffer, binary: boolean): void {
    this.#heard();
    if (this.#closeReason !== undefined) return;
    let message: InstanceMessage;
    try {
      message = decodeInstanceMessage(binary ? data : data.toString());
    } catch (error) {
      this.#receiveUnreadable(error, data.length);
      return;
    }
    this.#parts.metrics.message('received', message.type, data.length);
    this.#handle(message);
  }

  #receiveUnreadable(error: unknown, bytes: number): void {
    if (!(error instanceof ProtocolError)) throw error;
    const unknown = error.code === 'UNKNOWN_TYPE';
    this.#parts.metrics.message('received', unknown ? 'unknown' : 'invalid', bytes);
    if (unknown) {
      // A newer instance says more than this version knows; the metric counts what this line tells.
      this.#log.debug({ problem: error.message }, 'a message of an unknown type was ignored');
      return;
    }
    this.#log.warn({ code: error.code, problem: error.message }, 'a message is not of the protocol');
    this.close(error.code === 'MESSAGE_TOO_LARGE' ? 'MessageTooLarge' : 'InvalidMessage');
  }

  #handle(message: InstanceMessage): void {
    const hello = this.#hello;
    if (message.type === 'hello') {
      this.#handleHello(message);
    } else if (hello === undefined) {
      this.close('HelloMissing');
    } else if (message.type === 'report') {
      this.#report = message;
      this.#parts.fleet.report(this, hello, message);
      this.#parts.publicationFor(hello.dataPlane)?.record(hello.instance, message);
    } else {
      this.#handleAnswer(message);
    }
  }

  #handleAnswer(answer: Ack | Nack): void {
    if (answer.type === 'ack') {
      this.#progress.ack(answer.revision);
    } else {
      this.#progress.nack(answer);
      this.#parts.metrics.nacks.inc();
      this.#log.warn(
        { revision: answer.revision, reasons: answer.reasons },
        'revision refused by an instance',
      );
    }
    if (this.#progress.onTheWay === undefined) clearTimeout(this.#deadline);
    this.advance();
  }

  #handleHello(hello: Hello): void {
    const objection = this.#objectionTo(hello);
    if (objection !== undefined) {
      this.close(objection);
      return;
    }
    clearTimeout(this.#deadline);
    this.#progress.hello(hello.have, hello.trial);
    if (this.#hello === undefined) this.#welcome(hello);
    this.#hello = hello;
    this.#met = undefined;
    this.advance();
  }

  /** Once a hello and publication, which may come later than the hello. */
  #meet({ instance, dataPlane, have, trial }: Hello): void {
    const publication = this.#parts.publicationFor(dataPlane);
    if (publication === this.#met) return;
    this.#met = publication;
    if (have !== undefined) publication?.meet(have);
    if (trial === undefined) return;
    publication?.adopt(instance, trial);
    this.renew();
  }

  /** A pod may connect before its place is known; then it is welcome twice. It does not move, so once is enough. */
  #advanceZone(hello: Hello): void {
    if (this.#zone !== undefined) return;
    if (this.#parts.zoneOf(hello.dataPlane, hello.instance) !== undefined) this.#sendWelcome(hello);
  }

  /** Before the revision that names the Services, so that it finds their endpoints. */
  #advanceFacts({ dataPlane }: Hello): void {
    const facts = this.#parts.factsFor(dataPlane);
    if (facts === undefined || facts === this.#facts || this.#factsOnTheWay) return;
    this.#facts = facts;
    this.#factsOnTheWay = true;
    this.#send(facts, () => {
      this.#factsOnTheWay = false;
      this.advance();
    });
  }

  #objectionTo(hello: Hello): StreamClose | undefined {
    const dataPlane = this.#peer.admission?.dataPlane ?? this.#hello?.dataPlane ?? hello.dataPlane;
    if (hello.dataPlane !== dataPlane) return 'WrongDataPlane';
    if (this.#hello !== undefined && this.#hello.instance !== hello.instance) return 'InvalidMessage';
    return this.#hasTooManyHellos() ? 'TooManyHellos' : undefined;
  }

  #welcome(hello: Hello): void {
    const { fleet } = this.#parts;
    const { instance, dataPlane } = hello;
    this.#log = this.#log.child({ instance, dataPlane });
    if (fleet.connect(this, hello, this.#peer.remoteAddress) !== undefined) {
      this.#log.info('an instance of this name has a stream already; this later one speaks for it');
    }
    this.#log.info({ version: hello.version, have: hello.have }, 'instance connected');
    this.#sendWelcome(hello);
  }

  #sendWelcome({ dataPlane, instance }: Hello): void {
    const { controlPlane, version, schemaLevel, zoneOf } = this.#parts;
    const zone = zoneOf(dataPlane, instance);
    this.#zone = zone;
    const welcome = { type: 'welcome' as const, controlPlane, version, schemaLevel };
    this.#send(encode(zone === undefined ? welcome : { ...welcome, zone }));
  }

  /** An instance that cannot take what it is sent would otherwise ask for snapshots as fast as they come. */
  #hasTooManyHellos(): boolean {
    const now = performance.now();
    this.#hellos = [...this.#hellos.filter((at) => now - at < HELLO_WINDOW_MS), now];
    return this.#hellos.length > MAX_HELLOS;
  }

  #target(hello: Hello): Target | undefined {
    const publication = this.#parts.publicationFor(hello.dataPlane);
    return publication?.targetFor(hello.instance, this.#levelOf(hello));
  }

  #levelOf({ schemaLevel }: Hello): number {
    return Math.min(schemaLevel, this.#parts.schemaLevel);
  }

  #awaitAnswer(): void {
    clearTimeout(this.#deadline);
    this.#deadline = setTimeout(() => this.close('AnswerMissing'), this.#parts.timing.answerMs);
  }

  #send({ type, data, binary }: Payload, onWritten?: () => void): void {
    if (this.#socket.readyState !== this.#socket.OPEN) return;
    this.#parts.metrics.message('sent', type, data.length);
    // A failure to send ends the connection, which `close` tells.
    this.#socket.send(data, { binary }, () => onWritten?.());
  }

  #heard(): void {
    this.#unheardPings = 0;
  }

  #checkPeer(): void {
    if (this.#closeReason !== undefined || this.#isRevoked()) return;
    if (this.#unheardPings >= MAX_UNHEARD_PINGS) this.close('Silent');
    else this.#ping();
  }

  /** Then nothing more may be sent. */
  #isRevoked(): boolean {
    const revoked = this.#peer.admission?.isValid() === false;
    if (revoked) this.close('TokenRevoked');
    return revoked;
  }

  /** Its answer waits behind a large snapshot that is read slowly; the instance's own pings tell that it is there. */
  #ping(): void {
    this.#unheardPings++;
    if (this.#socket.readyState === this.#socket.OPEN) this.#socket.ping();
  }

  #failed(error: Error & { code?: string }): void {
    if (error.code === 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH') this.#closeReason ??= 'MessageTooLarge';
    else if (error.code?.startsWith('WS_ERR_')) this.#closeReason ??= 'InvalidMessage';
    this.#log.debug({ code: error.code, problem: error.message }, 'stream failed');
  }

  #ended(): void {
    clearTimeout(this.#deadline);
    clearInterval(this.#pings);
    this.#parts.metrics.closes.inc({ reason: this.#closeReason ?? 'Instance' });
    if (this.#hello === undefined) return;
    this.#parts.fleet.disconnect(this, this.#hello);
    this.#log.info({ reason: this.#closeReason ?? 'Instance' }, 'instance disconnected');
  }
}
