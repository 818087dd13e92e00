// How a connection comes by its session: a new one, or one it had before, here or on another server
// (ZooKeeperServer.processConnectRequest, reopenSession, finishSessionInit; of a server without a quorum ReadOnlyZooKeeperServer).

import type { Logger } from '@zebu/interfaces';
import { type ConnectRequest, decodeConnectRequest, JuteError, JuteReader } from '@zebu/jute';
import {
  formatSessionId,
  formatZxid,
  type Millis,
  NO_SESSION,
  OpCode,
  type SessionId,
  ZERO_ZXID,
} from '@zebu/protocol';
import { isSessionPassword, type SessionIdGenerator } from '@zebu/sessions';
import type { ClientConnection } from './client-connection.ts';
import type { Clients } from './clients.ts';
import type { ConnectionThrottle, SessionWeights } from './connection-throttle.ts';
import { HandshakeCounters } from './handshake-counters.ts';
import { createSessionPayload, type LocalSessions } from './local-sessions.ts';
import { PendingRequest } from './pending-request.ts';
import { type Attachment, writeConnectResponse } from './reply-frame.ts';
import type { ServedSession } from './served-session.ts';
import type { ServedTree } from './tree-views.ts';

export interface HandshakeOptions {
  readonly tree: ServedTree;
  readonly sessionIds: SessionIdGenerator;
  readonly minSessionTimeoutMs: Millis;
  readonly maxSessionTimeoutMs: Millis;
  readonly connectionThrottle?: ConnectionThrottle | undefined;
  readonly readOnly?: boolean;
  readonly logger: Logger;
}

/** The session is created before its client has ever counted. */
const CREATE_SESSION_CXID = 0;

export class Handshake {
  readonly #counters = new HandshakeCounters();
  readonly #clients: Clients;
  readonly #localSessions: LocalSessions | undefined;
  readonly #options: HandshakeOptions;
  /**
   * The tree holds all that was committed up to here. A client of a read-only server may have seen a later txn that a quorum then did
   * without: it is not ahead of anybody.
   */
  completeZxid = ZERO_ZXID;
  #accepted: ClientConnection | undefined;

  constructor(clients: Clients, localSessions: LocalSessions | undefined, options: HandshakeOptions) {
    this.#clients = clients;
    this.#localSessions = localSessions;
    this.#options = options;
  }

  *metrics(): IterableIterator<readonly [name: string, value: number]> {
    yield* this.#counters.metrics();
    yield ['connection_drop_probability', this.#options.connectionThrottle?.dropChance ?? 0];
  }

  /** The first frame of a connection. */
  onConnectRequest(connection: ClientConnection, frames: Uint8Array, start: number, end: number, now: Millis): void {
    const request = readConnectRequest(frames, start, end);
    if (request === undefined) {
      this.#options.logger.warn('malformed connect request', { remoteAddress: connection.remoteAddress });
      this.#clients.close(connection);
      return;
    }
    connection.knowsReadOnly = request.readOnly !== undefined;
    if (
      !this.#isAdmitted(connection, request, now) ||
      this.#isWriter(connection, request) ||
      this.#isAhead(connection, request)
    ) {
      // Without an answer: the client tries another server, one that has a quorum, or is not behind what it has seen.
      this.#clients.close(connection);
    } else if (request.sessionId === NO_SESSION) {
      this.#begin(connection, this.#negotiate(request), now);
    } else {
      this.#reopen(connection, request, now);
    }
  }

  /** The session is ours: the client may go on. */
  accept(connection: ClientConnection): void {
    const session = connection.session;
    if (session === undefined) return;
    connection.phase = 'established';
    const attached = { sessionId: session.id, timeoutMs: connection.sessionTimeoutMs };
    this.#respond(connection, attached);
    if (!session.isLocal && !this.#isReadOnly) this.#clients.touch(session);
    if (connection.held.length > 0) this.#accepted = connection;
  }

  /** The connection accepted since the last call: frames that it sent too early are due now. */
  takeAccepted(): ClientConnection | undefined {
    const accepted = this.#accepted;
    this.#accepted = undefined;
    return accepted;
  }

  /** Wrong password or expired: the client cannot tell the two apart. */
  refuse(connection: ClientConnection): void {
    this.#respond(connection, undefined);
    this.#clients.close(connection);
  }

  #respond(connection: ClientConnection, attached: Attachment | undefined): void {
    const readOnly = connection.knowsReadOnly ? this.#isReadOnly : undefined;
    writeConnectResponse(this.#clients.outbox.writerOf(connection), attached, readOnly);
    this.#clients.countSent(connection);
  }

  get #isReadOnly(): boolean {
    return this.#options.readOnly === true;
  }

  /** Clients that come in a rush are turned away before anything is done for them. */
  #isAdmitted(connection: ClientConnection, request: ConnectRequest, now: Millis): boolean {
    const throttle = this.#options.connectionThrottle;
    if (throttle !== undefined && !throttle.admit(this.#kindOf(request), now)) {
      this.#counters.rejected++;
      this.#options.logger.debug('too many connections ask for sessions', { remoteAddress: connection.remoteAddress });
      return false;
    }
    this.#counters.admitted(throttle?.deficit ?? 0);
    return true;
  }

  #kindOf(request: ConnectRequest): keyof SessionWeights {
    if (request.sessionId !== NO_SESSION) return 'renew';
    return this.#localSessions === undefined ? 'global' : 'local';
  }

  /** It has not said that it would make do with reads. */
  #isWriter(connection: ClientConnection, request: ConnectRequest): boolean {
    if (!this.#isReadOnly || request.readOnly === true) return false;
    this.#options.logger.info('refusing a client that is not content with a read-only server', {
      remoteAddress: connection.remoteAddress,
    });
    return true;
  }

  #isAhead(connection: ClientConnection, request: ConnectRequest): boolean {
    const lastZxid = this.#options.tree.lastProcessedZxid;
    if (request.lastZxidSeen <= lastZxid || request.lastZxidSeen <= this.completeZxid) return false;
    this.#options.logger.info('refusing a client that has seen a later zxid', {
      remoteAddress: connection.remoteAddress,
      sessionId: formatSessionId(request.sessionId),
      lastZxidSeen: formatZxid(request.lastZxidSeen),
      lastZxid: formatZxid(lastZxid),
    });
    return true;
  }

  #negotiate(request: ConnectRequest): Millis {
    const { minSessionTimeoutMs, maxSessionTimeoutMs } = this.#options;
    return Math.min(Math.max(request.timeoutMs, minSessionTimeoutMs), maxSessionTimeoutMs);
  }

  #begin(connection: ClientConnection, timeoutMs: Millis, now: Millis): void {
    // A global session takes a txn. ZooKeeper answers with a reply header where its client waits for a connect response.
    if (this.#isReadOnly && this.#localSessions === undefined) {
      this.#refuseGlobal(connection, NO_SESSION);
      return;
    }
    const session = this.#clients.attach(connection, this.#newSessionId(), timeoutMs);
    if (this.#localSessions === undefined) return this.#create(connection, session, now);
    this.#localSessions.begin(session, now);
    this.#countCreation(connection, now);
    this.accept(connection);
  }

  /** `cons` shows it as SESS, like that of a global session, which is counted with its txn. */
  #countCreation(connection: ClientConnection, now: Millis): void {
    const zxid = this.#options.tree.lastProcessedZxid;
    this.#clients.statistics.latency.add(0);
    const [zxidHigh, zxidLow] = [Number(BigInt.asUintN(32, zxid >> 32n)), Number(BigInt.asUintN(32, zxid))];
    connection.statistics.answered(CREATE_SESSION_CXID, OpCode.CREATE_SESSION, zxidHigh, zxidLow, now, now);
  }

  /** By a txn; it is accepted when that is committed. */
  #create(connection: ClientConnection, session: ServedSession, now: Millis): void {
    const request = new PendingRequest(connection, {
      kind: 'write',
      xid: CREATE_SESSION_CXID,
      type: OpCode.CREATE_SESSION,
      payload: createSessionPayload(session.timeoutMs),
      receivedAt: now,
    });
    this.#clients.enqueue(session, request);
    request.submitted = true;
    this.#clients.outbox.submit(request.forward(session.id));
  }

  /** A clock that went back could repeat the ids of an earlier start. */
  #newSessionId(): SessionId {
    for (;;) {
      const id = this.#options.sessionIds.next();
      if (this.#options.tree.sessions.has(id) || this.#localSessions?.has(id) === true) continue;
      if (this.#clients.session(id) === undefined) return id;
    }
  }

  #reopen(connection: ClientConnection, request: ConnectRequest, now: Millis): void {
    const { sessionId } = request;
    if (this.#isReadOnly && this.#options.tree.sessions.has(sessionId))
      return this.#refuseGlobal(connection, sessionId);
    this.#counters.revalidated++;
    // Before anything else is done in the session's name: who merely guesses an id must not disturb its connection.
    if (!isSessionPassword(sessionId, request.password)) {
      const fields = { remoteAddress: connection.remoteAddress, sessionId: formatSessionId(sessionId) };
      this.#options.logger.warn('wrong session password', fields);
      this.refuse(connection);
      return;
    }
    const timeoutMs = this.#negotiate(request);
    const session = this.#clients.attach(connection, sessionId, timeoutMs);
    if (this.#localSessions?.has(sessionId) !== true) return this.#reopenElsewhere(connection, session);
    if (this.#localSessions.resume(session, now)) this.accept(connection);
    else this.refuse(connection);
  }

  /** The leader knows. Without one, what nobody here has heard of is over where sessions are local, and else let in to read. */
  #reopenElsewhere(connection: ClientConnection, session: ServedSession): void {
    if (!this.#isReadOnly) this.#clients.outbox.revalidate(session.id, session.timeoutMs);
    else if (this.#localSessions === undefined) this.accept(connection);
    else this.refuse(connection);
  }

  /** Without an answer: the session lives on, and is the quorum's to judge (ZOOKEEPER-3863). */
  #refuseGlobal(connection: ClientConnection, sessionId: SessionId): void {
    this.#options.logger.info('refusing a global session while there is no quorum', {
      remoteAddress: connection.remoteAddress,
      sessionId: formatSessionId(sessionId),
    });
    this.#clients.close(connection);
  }
}

function readConnectRequest(frames: Uint8Array, start: number, end: number): ConnectRequest | undefined {
  try {
    return decodeConnectRequest(new JuteReader(frames, start, end));
  } catch (error) {
    if (error instanceof JuteError) return undefined;
    throw error;
  }
}
