// The requests of established sessions, each session's in order: reads answered, writes and syncs sent to the leader,
// commits turned into replies (ZooKeeper's CommitProcessor).

import type { TxnOutcome, WatchEventSink } from '@zebu/datatree';
import { ErrorCode, type Millis, OpCode, txnCounter, txnEpoch, type TxnBytes, Xid } from '@zebu/protocol';
import type { AccessControl } from './access-control.ts';
import { ReadAnswerer } from './answer-read.ts';
import { hasMoved, writeOutcome } from './answer-write.ts';
import type { ClientConnection } from './client-connection.ts';
import type { Clients } from './clients.ts';
import { EagerAclCheck } from './eager-acl-check.ts';
import type { Frames } from './frames.ts';
import type { Handshake } from './handshake.ts';
import type { ServedSession } from './served-session.ts';
import { PendingRequest } from './pending-request.ts';
import { Replies } from './replies.ts';
import { beginReply } from './reply-frame.ts';
import { RequestExecutor } from './request-executor.ts';
import type { LocalSessions } from './local-sessions.ts';
import { readOnlyRequestKind, type RequestKind, requestKind } from './request-kind.ts';
import type { RequestThrottle } from './request-limits.ts';
import { RequestThrottler } from './request-throttler.ts';
import { holdsFramesUp } from './set-watches.ts';
import type { SliceSizes } from './slice-sizes.ts';
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
  /** Nothing is ordered here: writes and syncs are refused. */
  readonly readOnly: boolean;
  readonly slices: SliceSizes;
}

export class RequestPipeline {
  readonly #tree: ServedTree;
  readonly #clients: Clients;
  readonly #handshake: Handshake;
  readonly #events: WatchEventSink;
  readonly #replies: Replies;
  readonly #executor: RequestExecutor;
  readonly #slices: SliceSizes;
  readonly #throttler: RequestThrottler | undefined;
  readonly #localSessions: LocalSessions | undefined;
  readonly #eagerAclCheck: EagerAclCheck | undefined;
  readonly #readOnly: boolean;
  /** Syncs that wait for the leader, by id. */
  readonly #syncs = new Map<number, PendingRequest[]>();

  constructor(parts: RequestPipelineParts) {
    const { tree, clients, throttle } = parts;
    this.#tree = tree;
    this.#slices = parts.slices;
    this.#clients = clients;
    this.#handshake = parts.handshake;
    this.#events = parts.events;
    this.#replies = new Replies(clients);
    const reads = new ReadAnswerer(tree, parts.access, parts.slices);
    this.#executor = new RequestExecutor({ ...parts, reads, replies: this.#replies });
    this.#localSessions = parts.localSessions;
    this.#eagerAclCheck = parts.eagerAclCheck ? new EagerAclCheck(tree, parts.access) : undefined;
    this.#readOnly = parts.readOnly;
    this.#throttler = throttle === undefined ? undefined : new RequestThrottler(throttle, clients);
  }

  /** Reads where the tree is; it may have moved without a txn, when an epoch began. */
  beginStep(): void {
    const zxid = this.#tree.lastProcessedZxid;
    this.#replies.zxidHigh = Number(BigInt.asUintN(32, zxid >> 32n));
    this.#replies.zxidLow = Number(BigInt.asUintN(32, zxid));
  }

  /** One request of an established connection. */
  onRequest(connection: ClientConnection, session: ServedSession, frames: Frames, now: Millis): void {
    const kind = this.#readOnly ? readOnlyRequestKind(frames.type, session.isLocal) : requestKind(frames.type);
    if (kind === 'setWatches') connection.holdsFrames = this.#holdsFramesUp(frames);
    if (kind === 'ping') {
      // At once, even past pending writes: it asks whether the server is there.
      this.#replies.send(connection, Xid.PING, ErrorCode.OK);
      this.#replies.countAnswer(connection, Xid.PING, frames.type, now, now);
    } else if (this.#throttler?.isFull === true) {
      this.#throttler.push(pendingRequest(connection, kind, frames, now));
    } else if (isAnsweredHere(kind) && session.isIdle) {
      this.#executor.answerFrame(connection, kind, frames, now);
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
    const slice = this.#executor.nextSlice;
    if (look === undefined || slice === undefined) return look ?? slice;
    return Math.min(look, slice);
  }

  /** Goes on with what takes more than one step. */
  onTick(now: Millis): void {
    if (this.#executor.nextSlice !== undefined) this.#executor.slice(now);
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
    this.#replies.zxidHigh = txnEpoch(txn);
    this.#replies.zxidLow = txnCounter(txn);
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

  /** Each connection once, when the frames that it holds may be looked at. */
  takeReleased(): ClientConnection | undefined {
    return this.#executor.takeReleased();
  }

  stop(): void {
    this.#syncs.clear();
    this.#throttler?.clear();
    this.#executor.stop();
  }

  #holdsFramesUp({ type, payloadStart, payloadEnd }: Frames): boolean {
    return holdsFramesUp(type, payloadEnd - payloadStart, this.#slices);
  }

  #begin(request: PendingRequest, now: Millis): void {
    const { connection } = request;
    const { session } = connection;
    if (session === undefined) return;
    if (connection.phase === 'closed') {
      this.#submitForGone(session, request);
    } else if (isAnsweredHere(request.kind) && session.isIdle) {
      this.#executor.answer(request, now);
      this.#clients.closeIfSwamped(connection);
    } else {
      this.#enqueue(session, request, now);
    }
  }

  #enqueue(session: ServedSession, request: PendingRequest, now: Millis): void {
    if (request.kind === 'write') {
      if (session.isLocal) this.#localSessions?.onWrite(session, request);
      this.#eagerAclCheck?.onWrite(request);
      if (isAnsweredHere(request.kind) && session.isIdle) return this.#executor.answer(request, now);
    }
    if (request.kind === 'write' && !session.waitsForSync) this.#submit(session, request);
    if (request.kind === 'sync') this.#requestSync(request);
    this.#clients.enqueue(session, request);
  }

  /**
   * Nobody waits for the answer, but the write may happen. Not if the client is back already: to it the write is lost, and its
   * commit might be taken for the answer to another.
   */
  #submitForGone(forgotten: ServedSession, request: PendingRequest): void {
    const { id } = forgotten;
    // It may have been forgotten with its connection, and be served anew since.
    const session = this.#clients.session(id) ?? forgotten;
    if (request.kind !== 'write' || session.connection !== undefined) return;
    if (this.#localSessions?.has(id) === true) this.#localSessions.onWrite(session, request);
    if (isAnsweredHere(request.kind)) this.#localSessions?.end(id);
    else this.#submit(session, request);
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
        this.#replies.countAnswer(head.connection, head.xid, outcome.type, head.receivedAt, now);
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
      const start = beginReply(out, request.xid, this.#replies.zxidHigh, this.#replies.zxidLow);
      const error = writeOutcome(out, request, outcome, this.#tree);
      this.#replies.end(connection, out, start, error === ErrorCode.OK ? error : (request.refusal ?? error));
    }
  }

  /** Answers what no longer waits for anything. */
  #advance(session: ServedSession, now: Millis): void {
    for (let head = session.head; head !== undefined; head = session.head) {
      if (head.kind === 'write' || (head.kind === 'sync' && !head.confirmed)) return;
      if (!this.#clients.dequeue(session, head)) continue;
      this.#executor.answer(head, now);
      this.#clients.closeIfSwamped(head.connection);
      if (head.kind === 'sync') for (const write of session.submittable()) this.#submit(session, write);
    }
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
