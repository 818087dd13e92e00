// Answers what needs nobody else's consent, once it is its turn: reads, at once or in slices, and refusals.

import type { WatchEventSink } from '@zebu/datatree';
import { ErrorCode, type Millis } from '@zebu/protocol';
import type { ReadAnswerer, Reading } from './answer-read.ts';
import { isSetWatches } from './answer-watches.ts';
import type { ClientConnection } from './client-connection.ts';
import type { Clients } from './clients.ts';
import type { Frames } from './frames.ts';
import type { LocalSessions } from './local-sessions.ts';
import { type Listing, type ListingRequest, LongAnswers } from './long-answers.ts';
import type { PendingRequest } from './pending-request.ts';
import type { Replies } from './replies.ts';
import { beginReply, LENGTH_BYTES } from './reply-frame.ts';
import type { RequestKind } from './request-kind.ts';

export interface RequestExecutorParts {
  readonly clients: Clients;
  readonly replies: Replies;
  readonly reads: ReadAnswerer;
  readonly events: WatchEventSink;
  readonly localSessions: LocalSessions | undefined;
}

export class RequestExecutor {
  readonly #clients: Clients;
  readonly #replies: Replies;
  readonly #reads: ReadAnswerer;
  readonly #events: WatchEventSink;
  readonly #localSessions: LocalSessions | undefined;
  readonly #longAnswers = new LongAnswers();
  /** When the next slice of a long answer is due: at once, but other inputs come between. */
  #sliceDue: Millis = 0;

  constructor(parts: RequestExecutorParts) {
    this.#clients = parts.clients;
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
    const listing = this.#execute(connection, kind, xid, type, bytes, payloadStart, payloadEnd, connection);
    if (listing === undefined) this.#replies.countAnswer(connection, xid, type, now, now);
    else this.#answerInSlices({ connection, xid, type, receivedAt: now }, listing, now);
  }

  answer(request: PendingRequest, now: Millis): void {
    const { connection, xid, type, receivedAt } = request;
    const listing = this.#executePending(request);
    if (listing === undefined) this.#replies.countAnswer(connection, xid, type, receivedAt, now);
    else this.#answerInSlices(request, listing, now);
  }

  /** Goes on with what takes more than one step. */
  slice(now: Millis): void {
    this.#sliceDue = now;
    const reply = this.#longAnswers.advance();
    if (reply === undefined) return;
    const { connection, xid, type, receivedAt } = reply.request;
    this.#clients.outbox.touch(connection);
    this.#clients.countResponse(connection, reply.byteCount - LENGTH_BYTES);
    this.#replies.countAnswer(connection, xid, type, receivedAt, now);
  }

  stop(): void {
    for (const connection of this.#longAnswers.close()) this.#clients.outbox.discard(connection);
  }

  #executePending(request: PendingRequest): Listing | undefined {
    const { connection, kind, xid, type, payload, refusal } = request;
    if (kind !== 'refused') {
      return this.#execute(connection, kind, xid, type, payload, 0, payload.length, request.asked());
    }
    // Without a zxid, as ZooKeeperServer.authWriteRequest has it.
    this.#replies.sendAt(connection, xid, refusal ?? ErrorCode.SYSTEMERROR, 0, 0);
    return undefined;
  }

  #answerInSlices(request: ListingRequest, listing: Listing, now: Millis): void {
    const reply = this.#longAnswers.begin(request, listing, this.#replies.zxidHigh, this.#replies.zxidLow);
    this.#clients.outbox.withhold(request.connection, reply);
    this.#sliceDue = now;
  }

  /** What a read lists when it is too much for one step; nothing is written then. */
  #execute(
    connection: ClientConnection,
    kind: RequestKind,
    xid: number,
    type: number,
    bytes: Uint8Array,
    start: number,
    end: number,
    client: Reading,
  ): Listing | undefined {
    if (kind !== 'read' && kind !== 'sync') {
      this.#refuse(connection, kind, xid);
    } else if (isSetWatches(type)) {
      const error = this.#reads.setWatches(type, bytes, start, end, connection, this.#events);
      this.#replies.send(connection, xid, error);
    } else {
      const out = this.#clients.outbox.writerOf(connection);
      const reply = beginReply(out, xid, this.#replies.zxidHigh, this.#replies.zxidLow);
      const answer = this.#reads.answer(type, bytes, start, end, client, out);
      if (typeof answer === 'object') {
        out.truncate(reply);
        return answer;
      }
      this.#replies.end(connection, out, reply, answer);
    }
    return undefined;
  }

  #refuse(connection: ClientConnection, kind: RequestKind, xid: number): void {
    if (kind === 'throttled') return this.#replies.send(connection, xid, ErrorCode.THROTTLEDOP);
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
