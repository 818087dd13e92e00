// Who is connected, which session each connection serves, and what was counted. Closing a connection happens here alone.

import type { ConnectionId, Identity } from '@zebu/interfaces';
import type { Millis, SessionId, TouchedSession, WallClockMs } from '@zebu/protocol';
import { SessionTable } from '@zebu/sessions';
import { ClientConnection } from './client-connection.ts';
import { ServedSession } from './served-session.ts';
import { MAX_ANSWER_BYTES } from './long-work.ts';
import type { Outbox } from './outbox.ts';
import type { PendingRequest } from './pending-request.ts';
import { LENGTH_BYTES } from './reply-frame.ts';
import type { RequestLoad } from './request-limits.ts';
import { ServerStatistics } from './server-statistics.ts';

export class Clients {
  readonly outbox: Outbox;
  readonly statistics = new ServerStatistics();
  readonly load: RequestLoad;
  readonly #forgetWatches: (connection: ConnectionId) => void;
  readonly #connections = new Map<ConnectionId, ClientConnection>();
  /** Sessions with a connection here, or with submitted writes. */
  #sessions = new SessionTable<ServedSession>();
  #touched: ServedSession[] = [];

  constructor(outbox: Outbox, load: RequestLoad, forgetWatches: (connection: ConnectionId) => void) {
    this.outbox = outbox;
    this.load = load;
    this.#forgetWatches = forgetWatches;
  }

  get outstandingCount(): number {
    return this.load.outstandingCount;
  }

  get connectionCount(): number {
    return this.#connections.size;
  }

  connections(): Iterable<ClientConnection> {
    return this.#connections.values();
  }

  connect(id: ConnectionId, remoteAddress: string, identities: readonly Identity[], establishedAt: WallClockMs): void {
    this.#connections.set(id, new ClientConnection(id, remoteAddress, identities, establishedAt));
  }

  connection(id: ConnectionId): ClientConnection | undefined {
    return this.#connections.get(id);
  }

  session(id: SessionId): ServedSession | undefined {
    return this.#sessions.get(id);
  }

  /** The connection speaks for the session from now on; one that did so before is closed. */
  attach(connection: ClientConnection, sessionId: SessionId, timeoutMs: Millis): ServedSession {
    const predecessor = this.#sessions.get(sessionId)?.connection;
    if (predecessor !== undefined) this.close(predecessor);
    // Looked up again: a session without pending commits was forgotten with its connection.
    let session = this.#sessions.get(sessionId);
    if (session === undefined) {
      session = new ServedSession(sessionId, timeoutMs);
      this.#sessions.set(sessionId, session);
    }
    session.timeoutMs = timeoutMs;
    session.connection = connection;
    connection.session = session;
    connection.sessionTimeoutMs = timeoutMs;
    connection.phase = 'attaching';
    return session;
  }

  /** Closes after what was written to it in this step. Its session lives on. */
  close(connection: ClientConnection): void {
    if (connection.phase === 'closed') return;
    this.outbox.touch(connection);
    this.#leave(connection);
  }

  /**
   * Reads that waited for a commit, or for their turn, are answered all at once. A client whose answers come to more than the transport would have it
   * leave unread is cut off now, and not told what it asked for.
   */
  closeIfSwamped(connection: ClientConnection): void {
    if ((connection.output?.length ?? 0) <= MAX_ANSWER_BYTES) return;
    connection.output?.reset();
    this.close(connection);
  }

  /** The transport has lost it. */
  forget(connection: ClientConnection): void {
    connection.isLost = true;
    this.#leave(connection);
  }

  #leave(connection: ClientConnection): void {
    this.load.outstandingCount -= connection.outstandingCount;
    this.load.largeRequestBytes -= connection.largeRequestBytes;
    connection.outstandingCount = 0;
    connection.largeRequestBytes = 0;
    connection.takeHeld();
    connection.phase = 'closed';
    this.#connections.delete(connection.id);
    this.#forgetWatches(connection.id);
    const session = connection.session;
    if (session === undefined) return;
    session.connection = undefined;
    session.abandonUnsubmitted();
    this.forgetIfDone(session);
  }

  /** A session that has neither a connection nor commits to come is of no interest here. */
  forgetIfDone(session: ServedSession): void {
    if (session.connection === undefined && session.isIdle) this.#sessions.delete(session.id);
  }

  closeAll(): void {
    for (const connection of this.#connections.values()) this.close(connection);
    this.#sessions = new SessionTable();
    this.#touched = [];
  }

  enqueue(session: ServedSession, request: PendingRequest): void {
    session.push(request);
    this.load.outstandingCount++;
    request.connection.outstandingCount++;
    this.#countLarge(request, 1);
    this.outbox.touch(request.connection);
  }

  /** The head of the queue is about to be answered. False when its client is gone. */
  dequeue(session: ServedSession, request: PendingRequest): boolean {
    session.shift();
    const connection = request.connection;
    if (connection.phase === 'closed') return false;
    this.load.outstandingCount--;
    connection.outstandingCount--;
    this.#countLarge(request, -1);
    this.outbox.touch(connection);
    return true;
  }

  /** The request begins to wait, or ends, before it is begun. */
  countThrottled(request: PendingRequest, change: 1 | -1): void {
    const { connection } = request;
    this.load.throttledCount += change;
    connection.throttledCount += change;
    if (connection.phase === 'closed') return;
    this.#countLarge(request, change);
    this.outbox.touch(connection);
  }

  countReceived(connection: ClientConnection): void {
    connection.statistics.receivedCount++;
    this.statistics.receivedCount++;
  }

  countSent(connection: ClientConnection): void {
    connection.statistics.sentCount++;
    this.statistics.sentCount++;
  }

  /** A reply or an event, of so many bytes without its length. */
  countResponse(connection: ClientConnection, bytes: number): void {
    this.countSent(connection);
    this.statistics.responseSizes.add(bytes);
    this.statistics.responseBytes += bytes;
  }

  countEvent(connection: ClientConnection, frame: Uint8Array): void {
    this.countResponse(connection, frame.length - LENGTH_BYTES);
    this.statistics.watchBytes += frame.length - LENGTH_BYTES;
  }

  touch(session: ServedSession): void {
    if (session.touched) return;
    session.touched = true;
    this.#touched.push(session);
  }

  /** At most so many, those who were heard from first. */
  takeTouched(limit: number): TouchedSession[] {
    return this.#touched.splice(0, limit).map((session) => {
      session.touched = false;
      return { sessionId: session.id, timeoutMs: session.timeoutMs };
    });
  }

  #countLarge({ connection, payload }: PendingRequest, change: 1 | -1): void {
    const bytes = change * this.load.largeBytesOf(payload.length);
    this.load.largeRequestBytes += bytes;
    connection.largeRequestBytes += bytes;
  }
}
