/** An instance that speaks the stream's protocol and does nothing with it. */
import { once } from 'node:events';
import type { RevisionId } from '@holdfast/protocol/revision/revision.ts';
import { decodeControlPlaneMessage, encodeMessage } from '@holdfast/protocol/stream/codec.ts';
import {
  type ControlPlaneMessage,
  type Hello,
  type InstanceMessage,
  STREAM_PATH,
  SUBPROTOCOL,
} from '@holdfast/protocol/stream/messages.ts';
import { WebSocket } from 'ws';
import { eventually } from './eventually.ts';

type MessageOf<T extends ControlPlaneMessage['type']> = Extract<ControlPlaneMessage, { type: T }>;

export class LightInstance {
  readonly socket: WebSocket;
  /** Received and not taken yet. */
  readonly received: ControlPlaneMessage[] = [];
  /** Bytes of each message received, as they were on the wire. */
  readonly sizes: number[] = [];
  closed: { code: number; reason: string } | undefined;

  private constructor(socket: WebSocket) {
    this.socket = socket;
    socket.on('message', (data: Buffer, binary) => {
      this.sizes.push(data.length);
      this.received.push(decodeControlPlaneMessage(binary ? data : data.toString()));
    });
    socket.on('close', (code, reason) => {
      this.closed = { code, reason: reason.toString() };
    });
    socket.on('error', () => undefined);
  }

  /** Connects without a hello. `address` is HOST:PORT. */
  static async connect(address: string, token?: string): Promise<LightInstance> {
    const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
    const socket = new WebSocket(`ws://${address}${STREAM_PATH}`, SUBPROTOCOL, { headers });
    const instance = new LightInstance(socket);
    await once(socket, 'open');
    return instance;
  }

  /** Connects and says hello. */
  static async join(address: string, hello: Partial<Hello> = {}, token?: string): Promise<LightInstance> {
    const instance = await LightInstance.connect(address, token);
    instance.hello(hello);
    return instance;
  }

  hello(hello: Partial<Hello> = {}): void {
    const defaults = { instance: 'edge-1', dataPlane: 'default/edge', version: '0.1.0', schemaLevel: 2 };
    this.send({ type: 'hello', ...defaults, ...hello });
  }

  ack(revision: RevisionId): void {
    this.send({ type: 'ack', revision });
  }

  send(message: InstanceMessage): void {
    this.socket.send(encodeMessage(message));
  }

  /** Takes the next message, welcomes left out; fails where it is of another type. */
  async take<T extends ControlPlaneMessage['type']>(type: T): Promise<MessageOf<T>> {
    const message = await eventually(`a message of type ${type}`, () => {
      while (this.received[0]?.type === 'welcome' && type !== 'welcome') this.received.shift();
      return this.received.shift();
    });
    if (message.type !== type) throw new Error(`expected ${type}, received ${JSON.stringify(message)}`);
    return message as MessageOf<T>;
  }

  /** Takes the next revision however it comes, and acknowledges it. */
  async takeAndAck<T extends 'snapshot' | 'delta'>(type: T): Promise<RevisionId> {
    const message: ControlPlaneMessage = await this.take(type);
    const revision = message.type === 'delta' ? message.to : (message as MessageOf<'snapshot'>).revision;
    this.ack(revision);
    return revision;
  }

  async end(): Promise<void> {
    this.socket.close();
    await eventually('the stream to be closed', () => this.closed);
  }
}
