// The requests of established sessions, each session's in order: reads answered, writes and syncs sent to the leader,
// commits turned into replies (ZooKeeper's CommitProcessor and FinalRequestProcessor).

import type { TxnOutcome, WatchEventSink } from '@zebu/datatree';
import type { JuteWriter } from '@zebu/jute';
import { ErrorCode, type Millis, OpCode, txnCounter, txnEpoch, type TxnBytes, Xid } from '@zebu/protocol';
import type { AccessControl } from './access-control.ts';
import { ReadAnswerer, type Reading } from './answer-read.ts';
import { isSetWatches } from './answer-watches.ts';
import { hasMoved, writeOutcome } from './answer-write.ts';
import type { ClientConnection } from './client-connection.ts';
import type { Clients } from './clients.ts';
import { EagerAclCheck } from './eager-acl-check.ts';
import type { Frames } from './frames.ts';
import type { Handshake } from './handshake.ts';
import type { ServedSession } from './served-session.ts';
import { type Listing, type ListingRequest, LongAnswers, type LongReply } from './long-answers.ts';
import { PendingRequest } from './pending-request.ts';
import { beginReply, endReply, LENGTH_BYTES } from './reply-frame.ts';
import type { LocalSessions } from './local-sessions.ts';
import { type RequestKind, requestKind } from './request-kind.ts';
import type { RequestThrottle } from './request-limits.ts';
import { RequestThrottler } from './request-throttler.ts';
import type { ServedTree } from './tree-views.ts';

export interface RequestPipelineParts {
  readonly tree: ServedTree;
  readonly clients: Clients;
  readonly handshake: Handshake;
  readonly events: WatchEventSink;
  readonly access: AccessControl;
  /** Undefined: requests never wait before they are begun. */
  readonly throttle: RequestThrottle | undefined;
  /** Undefined: all sessions are global. */
  readonly localSessions: LocalSessions | undefined;
  readonly eagerAclCheck: boolean;
}

export class RequestPipeline {
  readonly #tree: ServedTree;
  readonly #clients: Clients;
  readonly #handshake: Handshake;
  readonly #events: WatchEventSink;
  readonly #reads: ReadAnswerer;
  readonly #throttler: RequestThrottler | undefined;
  readonly #localSessions: LocalSessions | undefined;
  readonly #eagerAclCheck: EagerAclCheck | undefined;
  readonly #longAnswers = new LongAnswers();
  /** When the next slice of a long answer is due: at once, but other inputs come between. */
  #sliceDue: Millis = 0;
  /** Syncs that wait for the leader, by id. */
  readonly #syncs = new Map<number, PendingRequest[]>();
  /** lastProcessedZxid in halves. */
  #zxidHigh = 0;
  #zxidLow = 0;

  constructor(parts: RequestPipelineParts) {
    const { tree, clients, throttle } = parts;
    this.#tree = tree;
    this.#clients = clients;
    this.#handshake = parts.handshake;
    this.#events = parts.events;
    this.#reads = new ReadAnswerer(tree, parts.access);
    this.#localSessions = parts.localSessions;
    this.#eagerAclCheck = parts.eagerAclCheck ? new EagerAclCheck(tree, parts.access) : undefined;
    this.#throttler = throttle === undefined ? undefined : new RequestThrottler(throttle, clients);
  }

  /** Reads where the tree is; it may have moved without a txn, when an epoch began. */
  beginStep(): void {
    const zxid = this.#tree.lastProcessedZxid;
    this.#zxidHigh = Number(BigInt.asUintN(32, zxid >> 32n));
    this.#zxidLow = Number(BigInt.asUintN(32, zxid));
  }

  /** One request of an established connection. */
  onRequest(connection: ClientConnection, session: ServedSession, frames: Frames, now: Millis): void {
    const kind = requestKind(frames.type);
    if (kind === 'ping') {
      // At once, even past pending writes: it asks whether the server is there.
      this.#replyError(connection, Xid.PING, ErrorCode.OK);
      this.#countAnswer(connection, Xid.PING, frames.type, now, now);
    } else if (this.#throttler?.isFull === true) {
      this.#throttler.push(pendingRequest(connection, kind, frames, now));
    } else if (isAnsweredHere(kind) && session.isIdle) {
      const { xid, type, bytes, payloadStart, payloadEnd } = frames;
      const listing = this.#execute(connection, kind, xid, type, bytes, payloadStart, payloadEnd);
      if (listing === undefined) this.#countAnswer(connection, xid, type, now, now);
      else this.#answerInSlices({ connection, xid, type, receivedAt: now }, listing, now);
    } else {
      this.#enqueue(session, pendingRequest(connection, kind, frames, now), now);
    }
  }

  /** Begins requests that waited because too many were in process. */
  beginThrottled(now: Millis): void {
    if (this.#throttler === undefined) return;
    for (let request = this.#throttler.take(now); request !== undefined; request = this.#throttler.take(now)) {
      this.#begin(request, now);
    }
  }

  nextWakeup(): Millis | undefined {
    const look = this.#throttler?.nextLook;
    if (this.#longAnswers.isIdle) return look;
    return look === undefined ? this.#sliceDue : Math.min(look, this.#sliceDue);
  }

  /** Goes on with what takes more than one step. */
  onTick(now: Millis): void {
    if (this.#longAnswers.isIdle) return;
    this.#sliceDue = now;
    const reply = this.#longAnswers.advance();
    if (reply !== undefined) this.#onLongReply(reply, now);
  }

  /** A request of which only the header came. */
  onOversized(connection: ClientConnection, frames: Frames, now: Millis): void {
    const request = pendingRequest(connection, 'oversized', frames, now);
    if (this.#throttler?.isFull === true) this.#throttler.push(request);
    else this.#begin(request, now);
  }

  /** Applies the txn, which fires watches, and answers it if it was asked for here. */
  commit(txn: TxnBytes, now: Millis): TxnOutcome {
    const outcome = this.#tree.apply(txn, this.#events);
    this.#zxidHigh = txnEpoch(txn);
    this.#zxidLow = txnCounter(txn);
    const localSessions = this.#localSessions;
    if (localSessions !== undefined && outcome.type === OpCode.CREATE_SESSION)
      localSessions.onGlobal(outcome.sessionId);
    const session = this.#clients.session(outcome.sessionId);
    if (session !== undefined) this.#onSessionTxn(session, outcome, now);
    return outcome;
  }

  confirmSync(syncId: number, now: Millis): void {
    const confirmed = this.#syncs.get(syncId) ?? [];
    this.#syncs.delete(syncId);
    for (const request of confirmed) request.confirmed = true;
    for (const { connection } of confirmed) {
      if (connection.session !== undefined) this.#advance(connection.session, now);
    }
  }

  stop(): void {
    this.#syncs.clear();
    this.#throttler?.clear();
    this.#longAnswers.close();
  }

  #begin(request: PendingRequest, now: Millis): void {
    const { connection } = request;
    const { session } = connection;
    if (session === undefined) return;
    if (connection.phase === 'closed') {
      this.#submitForGone(session, request);
    } else if (isAnsweredHere(request.kind) && session.isIdle) {
      this.#answerPending(request, now);
    } else {
      this.#enqueue(session, request, now);
    }
  }

  #enqueue(session: ServedSession, request: PendingRequest, now: Millis): void {
    if (request.kind === 'write') {
      if (session.isLocal) this.#localSessions?.onWrite(session, request);
      this.#eagerAclCheck?.onWrite(request);
      if (isAnsweredHere(request.kind) && session.isIdle) return this.#answerPending(request, now);
    }
    if (request.kind === 'write' && !session.waitsForSync) this.#submit(session, request);
    if (request.kind === 'sync') this.#requestSync(request);
    this.#clients.enqueue(session, request);
  }

  /**
   * Nobody waits for the answer, but the write may happen. Not if the client is back already: to it the write is lost, and its
   * commit might be taken for the answer to another.
   */
  #submitForGone(session: ServedSession, request: PendingRequest): void {
    if (request.kind === 'write' && session.connection === undefined) this.#submit(session, request);
  }

  #submit(session: ServedSession, request: PendingRequest): void {
    request.submitted = true;
    this.#clients.outbox.submit(request.forward(session.id));
  }

  #requestSync(request: PendingRequest): void {
    const syncId = this.#clients.outbox.sync();
    const waiting = this.#syncs.get(syncId);
    if (waiting === undefined) this.#syncs.set(syncId, [request]);
    else waiting.push(request);
  }

  #onSessionTxn(session: ServedSession, outcome: TxnOutcome, now: Millis): void {
    const head = session.head;
    if (head?.submitted === true && answers(outcome, head)) {
      if (this.#clients.dequeue(session, head)) {
        this.#countAnswer(head.connection, head.xid, outcome.type, head.receivedAt, now);
        this.#replyWrite(head, outcome);
      }
    }
    // By its client, by expiry, or on behalf of another server: the connection has no session any more.
    if (outcome.type === OpCode.CLOSE_SESSION) this.#endConnection(session);
    this.#advance(session, now);
    this.#clients.forgetIfDone(session);
  }

  #endConnection(session: ServedSession): void {
    const connection = session.connection;
    if (connection === undefined) return;
    if (connection.phase === 'attaching') this.#handshake.refuse(connection);
    else this.#clients.close(connection);
  }

  #replyWrite(request: PendingRequest, outcome: TxnOutcome): void {
    const connection = request.connection;
    if (request.type === OpCode.CREATE_SESSION) {
      this.#handshake.accept(connection);
    } else if (hasMoved(outcome)) {
      // As ZooKeeper does (ZOOKEEPER-710): the client is, or will be, somewhere else, so it gets no answer here.
      this.#clients.close(connection);
    } else {
      const out = this.#clients.outbox.writerOf(connection);
      const start = beginReply(out, request.xid, this.#zxidHigh, this.#zxidLow);
      const error = writeOutcome(out, request, outcome);
      endReply(out, start, error === ErrorCode.OK ? error : (request.refusal ?? error));
      this.#countReply(connection, out, start);
    }
  }

  /** Answers what no longer waits for anything. */
  #advance(session: ServedSession, now: Millis): void {
    for (let head = session.head; head !== undefined; head = session.head) {
      if (head.kind === 'write' || (head.kind === 'sync' && !head.confirmed)) return;
      if (!this.#clients.dequeue(session, head)) continue;
      this.#answerPending(head, now);
      if (head.kind === 'sync') for (const write of session.submittable()) this.#submit(session, write);
    }
  }

  /** Nothing is before it. */
  #answerPending(request: PendingRequest, now: Millis): void {
    const listing = this.#executePending(request);
    if (listing === undefined)
      this.#countAnswer(request.connection, request.xid, request.type, request.receivedAt, now);
    else this.#answerInSlices(request, listing, now);
  }

  #executePending(request: PendingRequest): Listing | undefined {
    const { connection, kind, xid, type, payload, refusal } = request;
    if (kind !== 'refused') {
      return this.#execute(connection, kind, xid, type, payload, 0, payload.length, request.asked());
    }
    this.#replyRefusal(connection, xid, refusal ?? ErrorCode.SYSTEMERROR);
    return undefined;
  }

  #answerInSlices(request: ListingRequest, listing: Listing, now: Millis): void {
    const reply = this.#longAnswers.begin(request, listing, this.#zxidHigh, this.#zxidLow);
    this.#clients.outbox.withhold(request.connection, reply);
    this.#sliceDue = now;
  }

  #onLongReply({ request, byteCount }: LongReply, now: Millis): void {
    const { connection, xid, type, receivedAt } = request;
    this.#clients.outbox.touch(connection);
    this.#clients.countResponse(connection, byteCount - LENGTH_BYTES);
    this.#countAnswer(connection, xid, type, receivedAt, now);
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
    client: Reading = connection,
  ): Listing | undefined {
    if (kind === 'closeLocal') {
      this.#closeLocal(connection, xid);
    } else if (kind === 'oversized') {
      this.#replyError(connection, xid, ErrorCode.MARSHALLINGERROR);
      this.#clients.close(connection);
    } else if (kind === 'throttled') {
      this.#replyError(connection, xid, ErrorCode.THROTTLEDOP);
    } else if (kind === 'unknown') {
      this.#refuseUnknown(connection, xid);
    } else if (isSetWatches(type)) {
      this.#replyError(connection, xid, this.#reads.setWatches(type, bytes, start, end, connection, this.#events));
    } else {
      const out = this.#clients.outbox.writerOf(connection);
      const reply = beginReply(out, xid, this.#zxidHigh, this.#zxidLow);
      const answer = this.#reads.answer(type, bytes, start, end, client, out);
      if (typeof answer === 'object') {
        out.truncate(reply);
        return answer;
      }
      endReply(out, reply, answer);
      this.#countReply(connection, out, reply);
    }
    return undefined;
  }

  /** Its zxid says nothing of the tree, as UnimplementedRequestProcessor has it. */
  #refuseUnknown(connection: ClientConnection, xid: number): void {
    const out = this.#clients.outbox.writerOf(connection);
    const start = beginReply(out, xid, -1, -1);
    endReply(out, start, ErrorCode.UNIMPLEMENTED);
    this.#countReply(connection, out, start);
    this.#clients.close(connection);
  }

  /** Without a zxid, as ZooKeeperServer.authWriteRequest has it. */
  #replyRefusal(connection: ClientConnection, xid: number, error: ErrorCode): void {
    const out = this.#clients.outbox.writerOf(connection);
    const start = beginReply(out, xid, 0, 0);
    endReply(out, start, error);
    this.#countReply(connection, out, start);
  }

  /** No txn: only this server knows of it (FinalRequestProcessor with a request that is marked local). */
  #closeLocal(connection: ClientConnection, xid: number): void {
    this.#replyError(connection, xid, ErrorCode.OK);
    if (connection.session !== undefined) this.#localSessions?.end(connection.session.id);
    this.#clients.close(connection);
  }

  /** A reply without a body. */
  #replyError(connection: ClientConnection, xid: number, error: ErrorCode): void {
    const out = this.#clients.outbox.writerOf(connection);
    const start = beginReply(out, xid, this.#zxidHigh, this.#zxidLow);
    endReply(out, start, error);
    this.#countReply(connection, out, start);
  }

  /** ServerStats and ServerCnxn.updateStatsForResponse; the type of a write that was refused is that of an error txn. */
  #countAnswer(connection: ClientConnection, xid: number, type: number, receivedAt: Millis, now: Millis): void {
    this.#clients.statistics.latency.add(now - receivedAt);
    connection.statistics.answered(xid, type, this.#zxidHigh, this.#zxidLow, receivedAt, now);
  }

  #countReply(connection: ClientConnection, out: JuteWriter, start: number): void {
    this.#clients.countResponse(connection, out.length - start - LENGTH_BYTES);
  }
}

/**
 * Is this the commit of the request? A session that moved here may have had other requests committed through its last
 * server; CommitProcessor tells them apart by cxid, which is not enough for clients that count anew after a reconnect.
 */
function answers(outcome: TxnOutcome, request: PendingRequest): boolean {
  if (outcome.cxid !== request.xid) return false;
  if (outcome.type !== request.type && outcome.type !== OpCode.ERROR) return false;
  const { movedInAfter } = request.connection;
  return movedInAfter === undefined || outcome.zxid > movedInAfter;
}

/** It needs nobody else's consent, only its turn. */
const isAnsweredHere = (kind: RequestKind): boolean => kind !== 'write' && kind !== 'sync';

const pendingRequest = (connection: ClientConnection, kind: RequestKind, frames: Frames, now: Millis): PendingRequest =>
  new PendingRequest(connection, {
    kind,
    xid: frames.xid,
    type: frames.type,
    payload: frames.ownPayload(),
    receivedAt: now,
  });
