// Answers that take more than one step: each is begun in its turn and has the zxid of that, and is made a slice a tick, one answer at a
// time. What its client is told meanwhile waits behind it, so that nothing overtakes anything.

import type { WatcherId, WatchEventSink } from '@zebu/datatree';
import { JuteError, JuteWriter } from '@zebu/jute';
import { ErrorCode, type Millis, type WatchEventType, type Zxid } from '@zebu/protocol';
import type { ClientConnection } from './client-connection.ts';
import { EventFrame } from './event-frame.ts';
import { type LongWork, MAX_ANSWER_BYTES, NO_BYTES } from './long-work.ts';
import { beginReply, endReply, LENGTH_BYTES } from './reply-frame.ts';

export interface LongRequest {
  readonly connection: ClientConnection;
  readonly xid: number;
  readonly type: number;
  readonly receivedAt: Millis;
}

/** The zxid of an answer, in halves. */
export interface ZxidHalves {
  readonly zxidHigh: number;
  readonly zxidLow: number;
}

export class LongReply {
  readonly request: LongRequest;
  readonly work: LongWork;
  readonly #zxid: ZxidHalves;
  /** What was written to the connection before; sent as soon as it may be. */
  before: Uint8Array | undefined;
  /** Events that go ahead of the reply. */
  readonly #events: Uint8Array[] = [];
  #body: Uint8Array[];
  #bodyBytes: number;
  /** The frame in pieces, behind the events; empty until it is whole. */
  chunks: readonly Uint8Array[] = [];

  constructor(request: LongRequest, work: LongWork, begun: Uint8Array, { zxidHigh, zxidLow }: ZxidHalves) {
    this.request = request;
    this.work = work;
    this.#body = [begun];
    this.#bodyBytes = begun.length;
    this.#zxid = { zxidHigh, zxidLow };
  }

  get isWhole(): boolean {
    return this.chunks.length > 0;
  }

  get isTooLong(): boolean {
    return this.#bodyBytes > MAX_ANSWER_BYTES;
  }

  /** What a slice made. */
  take(body: Uint8Array, events: Uint8Array): void {
    this.#bodyBytes += body.length;
    if (body.length > 0) this.#body.push(body);
    if (events.length > 0) this.#events.push(events);
  }

  /** The length of the reply, without what says so. */
  finish(): number {
    return this.#end(this.work.outcome, this.work.opening);
  }

  /** Nothing of the body leaves. */
  refuse(): number {
    this.#body = [];
    this.#bodyBytes = 0;
    return this.#end(ErrorCode.MARSHALLINGERROR, NO_BYTES);
  }

  #end(outcome: ErrorCode, opening: Uint8Array): number {
    const head = new JuteWriter();
    const start = beginReply(head, this.request.xid, this.#zxid.zxidHigh, this.#zxid.zxidLow);
    endReply(head, start, outcome);
    head.writeRaw(opening);
    const length = head.length - LENGTH_BYTES + this.#bodyBytes;
    head.patchInt(0, length);
    this.chunks = [...this.#events, head.take(), ...this.#body.filter(({ length: bytes }) => bytes > 0)];
    return length;
  }
}

export class LongAnswers implements WatchEventSink {
  readonly #body = new JuteWriter();
  readonly #events = new JuteWriter();
  readonly #eventFrame = new EventFrame();
  readonly #countEvent: (connection: ClientConnection, frame: Uint8Array) => void;
  #replies: LongReply[] = [];

  constructor(countEvent: (connection: ClientConnection, frame: Uint8Array) => void) {
    this.#countEvent = countEvent;
  }

  get isIdle(): boolean {
    return this.#replies.length === 0;
  }

  /** `begun` is the beginning of the body. */
  begin(request: LongRequest, work: LongWork, begun: Uint8Array, zxid: ZxidHalves): LongReply {
    const reply = new LongReply(request, work, begun, zxid);
    this.#replies.push(reply);
    return reply;
  }

  /** One slice. The reply that it made whole, and its length, if it did. */
  advance(): { readonly request: LongRequest; readonly length: number } | undefined {
    this.#dropLost();
    const reply = this.#replies[0];
    if (reply === undefined) return undefined;
    const goesOn = this.#slice(reply);
    if (goesOn === true && !reply.isTooLong) return undefined;
    const length = goesOn === false && !reply.isTooLong ? reply.finish() : reply.refuse();
    reply.work.close();
    this.#replies.shift();
    return { request: reply.request, length };
  }

  /** Of the reply that is being made: nobody else is told. */
  onWatchEvent(_: WatcherId, type: WatchEventType, path: string, zxid: Zxid): void {
    const frame = this.#eventFrame.of(type, path, zxid);
    this.#events.writeRaw(frame);
    this.#countEvent((this.#replies[0] as LongReply).request.connection, frame);
  }

  /** Nobody gets an answer: those who waited for one. */
  close(): ReadonlySet<ClientConnection> {
    const waiting = new Set<ClientConnection>();
    for (const { work, request } of this.#replies) {
      work.close();
      if (!request.connection.isLost) waiting.add(request.connection);
    }
    this.#replies = [];
    return waiting;
  }

  /** Undefined when the request is malformed. */
  #slice(reply: LongReply): boolean | undefined {
    try {
      return reply.work.next(this.#body, this);
    } catch (error) {
      if (error instanceof JuteError) return undefined;
      throw error;
    } finally {
      reply.take(this.#body.take(), this.#events.take());
    }
  }

  #dropLost(): void {
    for (let first = this.#replies[0]; first?.request.connection.isLost === true; first = this.#replies[0]) {
      first.work.close();
      this.#replies.shift();
    }
  }
}
