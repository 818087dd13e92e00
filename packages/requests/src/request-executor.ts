// Answers what needs nobody else's consent, once it is its turn: reads, at once or in slices, and refusals.

import type { WatchEventSink } from '@zebu/datatree';
import { JuteError, JuteReader, JuteWriter } from '@zebu/jute';
import { ErrorCode, type Millis } from '@zebu/protocol';
import type { ReadAnswerer, Reading } from './answer-read.ts';
import type { ClientConnection } from './client-connection.ts';
import type { Clients } from './clients.ts';
import type { Frames } from './frames.ts';
import type { LocalSessions } from './local-sessions.ts';
import { LongAnswers, type LongRequest } from './long-answers.ts';
import { type LongWork, NO_BYTES } from './long-work.ts';
import type { PendingRequest } from './pending-request.ts';
import type { Replies } from './replies.ts';
import { beginReply, REPLY_HEADER_BYTES } from './reply-frame.ts';
import type { RequestKind } from './request-kind.ts';
import { holdsFramesUp, SetWatchesAnswer } from './set-watches.ts';
import type { SliceSizes } from './slice-sizes.ts';
import type { ServedTree } from './tree-views.ts';

export interface RequestExecutorParts {
  readonly tree: ServedTree;
  readonly clients: Clients;
  readonly replies: Replies;
  readonly reads: ReadAnswerer;
  readonly events: WatchEventSink;
  readonly localSessions: LocalSessions | undefined;
  readonly slices: SliceSizes;
}

/** Of a setWatches there is none. */
const NO_BODY = new JuteWriter(0);

export class RequestExecutor {
  readonly #tree: ServedTree;
  readonly #clients: Clients;
  readonly #replies: Replies;
  readonly #reads: ReadAnswerer;
  readonly #events: WatchEventSink;
  readonly #localSessions: LocalSessions | undefined;
  readonly #slices: SliceSizes;
  readonly #longAnswers: LongAnswers;
  /** Connections that go on, since what held up their frames is done. */
  #released: ClientConnection[] = [];
  /** Of the answer that is too long for one step. */
  #begun: Uint8Array = NO_BYTES;
  /** When the next slice of a long answer is due: at once, but other inputs come between. */
  #sliceDue: Millis = 0;

  constructor(parts: RequestExecutorParts) {
    this.#tree = parts.tree;
    this.#slices = parts.slices;
    this.#clients = parts.clients;
    this.#longAnswers = new LongAnswers((connection, frame) => this.#clients.countEvent(connection, frame));
    this.#replies = parts.replies;
    this.#reads = parts.reads;
    this.#events = parts.events;
    this.#localSessions = parts.localSessions;
  }

  /** Undefined when nothing is being answered in slices. */
  get nextSlice(): Millis | undefined {
    return this.#longAnswers.isIdle ? undefined : this.#sliceDue;
  }

  /** A request that never waited. */
  answerFrame(connection: ClientConnection, kind: RequestKind, frames: Frames, now: Millis): void {
    const { xid, type, bytes, payloadStart, payloadEnd } = frames;
    const work = this.#execute(connection, kind, xid, type, bytes, payloadStart, payloadEnd, connection);
    if (work !== undefined) return this.#answerInSlices({ connection, xid, type, receivedAt: now }, work, now);
    this.#replies.countAnswer(connection, xid, type, now, now);
  }

  answer(request: PendingRequest, now: Millis): void {
    const { connection, xid, type, receivedAt, payload } = request;
    const work = this.#executePending(request);
    if (work !== undefined) return this.#answerInSlices(request, work, now);
    this.#replies.countAnswer(connection, xid, type, receivedAt, now);
    if (connection.holdsFrames) this.#release(connection, type, payload.length);
  }

  /** Goes on with what takes more than one step. */
  slice(now: Millis): void {
    this.#sliceDue = now;
    const done = this.#longAnswers.advance();
    if (done === undefined) return;
    const { connection, xid, type, receivedAt } = done.request;
    this.#clients.outbox.touch(connection);
    this.#clients.countResponse(connection, done.length);
    this.#replies.countAnswer(connection, xid, type, receivedAt, now);
    if (connection.holdsFrames) this.#release(connection, type, Number.POSITIVE_INFINITY);
  }

  /** Each once, when the frames that it holds may be looked at. */
  takeReleased(): ClientConnection | undefined {
    return this.#released.pop();
  }

  stop(): void {
    for (const connection of this.#longAnswers.close()) this.#clients.outbox.discard(connection);
    this.#released = [];
  }

  #executePending(request: PendingRequest): LongWork | undefined {
    const { connection, kind, xid, type, payload, refusal } = request;
    if (kind !== 'refused') {
      return this.#execute(connection, kind, xid, type, payload, 0, payload.length, request.asked());
    }
    // Without a zxid, as ZooKeeperServer.authWriteRequest has it.
    this.#replies.sendAt(connection, xid, refusal ?? ErrorCode.SYSTEMERROR, 0, 0);
    return undefined;
  }

  #answerInSlices(request: LongRequest, work: LongWork, now: Millis): void {
    const reply = this.#longAnswers.begin(request, work, this.#begun, this.#replies);
    this.#begun = NO_BYTES;
    this.#clients.outbox.withhold(request.connection, reply);
    this.#sliceDue = now;
  }

  /** What goes on with a read when it is too much for one step; then nothing is written, and #begun has the beginning of its body. */
  #execute(
    connection: ClientConnection,
    kind: RequestKind,
    xid: number,
    type: number,
    bytes: Uint8Array,
    start: number,
    end: number,
    client: Reading,
  ): LongWork | undefined {
    if (kind === 'setWatches') return this.#setWatches(connection, xid, type, bytes.subarray(start, end));
    if (kind !== 'read' && kind !== 'sync') {
      this.#refuse(connection, kind, xid);
      return undefined;
    }
    const out = this.#clients.outbox.writerOf(connection);
    const reply = beginReply(out, xid, this.#replies.zxidHigh, this.#replies.zxidLow);
    const answer = this.#reads.answer(type, bytes, start, end, client, out);
    if (typeof answer === 'object') {
      this.#begun = out.view().slice(reply + REPLY_HEADER_BYTES);
      out.truncate(reply);
      return answer;
    }
    this.#replies.end(connection, out, reply, answer);
    return undefined;
  }

  /** Events precede the reply, so it is begun when all are told. */
  #setWatches(connection: ClientConnection, xid: number, type: number, payload: Uint8Array): LongWork | undefined {
    const isLong = holdsFramesUp(type, payload.length, this.#slices);
    const reader = new JuteReader(isLong ? payload.slice() : payload);
    const work = new SetWatchesAnswer(this.#tree, type, reader, connection, this.#slices);
    if (isLong) return work;
    this.#replies.send(connection, xid, this.#outcomeOf(work));
    return undefined;
  }

  #outcomeOf(work: SetWatchesAnswer): ErrorCode {
    try {
      while (work.next(NO_BODY, this.#events));
      return work.outcome;
    } catch (error) {
      if (error instanceof JuteError) return ErrorCode.MARSHALLINGERROR;
      throw error;
    }
  }

  /** There is one request at most that holds frames up, and it is the last that came. */
  #release(connection: ClientConnection, type: number, length: number): void {
    if (!holdsFramesUp(type, length, this.#slices)) return;
    connection.holdsFrames = false;
    this.#clients.outbox.touch(connection);
    this.#released.push(connection);
  }

  #refuse(connection: ClientConnection, kind: RequestKind, xid: number): void {
    if (kind === 'throttled') return this.#replies.send(connection, xid, ErrorCode.THROTTLEDOP);
    if (kind === 'notReadOnly') return this.#replies.send(connection, xid, ErrorCode.NOTREADONLY);
    if (kind === 'closeLocal') return this.#closeLocal(connection, xid);
    // The code that a client of ZooKeeper, which closes without an answer, would give the request itself.
    if (kind === 'oversized') this.#replies.send(connection, xid, ErrorCode.CONNECTIONLOSS);
    // Its zxid says nothing of the tree, as UnimplementedRequestProcessor has it.
    else this.#replies.sendAt(connection, xid, ErrorCode.UNIMPLEMENTED, -1, -1);
    this.#clients.close(connection);
  }

  /** No txn: only this server knows of it (FinalRequestProcessor with a request that is marked local). */
  #closeLocal(connection: ClientConnection, xid: number): void {
    this.#replies.send(connection, xid, ErrorCode.OK);
    if (connection.session !== undefined) this.#localSessions?.end(connection.session.id);
    this.#clients.close(connection);
  }
}
