// The server side of the client protocol for all connections of one server incarnation: connect, read, write, watch, close.
// It decides what each client is told and when; txns are made by PrepProcessor on the leader and agreed on elsewhere.

import type { WatcherId, WatchEventSink } from '@zebu/datatree';
import type { Authentication, ConnectionId, ConnectionView, Logger } from '@zebu/interfaces';
import {
  type Acl,
  formatZxid,
  makeZxid,
  type Millis,
  OpCode,
  Permission,
  type ServerId,
  type SessionId,
  type TouchedSession,
  type TxnBytes,
  unreachable,
  type WatchEventType,
  ZERO_ZXID,
  type Zxid,
} from '@zebu/protocol';
import type { SessionIdGenerator } from '@zebu/sessions';
import { AccessControl } from './access-control.ts';
import { AuthenticationGate } from './authentication-gate.ts';
import type { ClientConnection } from './client-connection.ts';
import { Clients } from './clients.ts';
import { EventFrame } from './event-frame.ts';
import { CommitQueue } from './commit-queue.ts';
import type { ConnectionThrottle } from './connection-throttle.ts';
import { Frames } from './frames.ts';
import { Handshake } from './handshake.ts';
import { LimitedLog } from './limited-log.ts';
import { type LocalSessionOptions, LocalSessions } from './local-sessions.ts';
import { Outbox } from './outbox.ts';
import { DEFAULT_REQUEST_LIMITS, type RequestLimits, RequestLoad } from './request-limits.ts';
import type { RequestEffect, RequestInput } from './request-messages.ts';
import { RequestPipeline } from './request-pipeline.ts';
import type { ServerStatistics } from './server-statistics.ts';
import type { ServedSession } from './served-session.ts';
import { DEFAULT_SLICE_SIZES, type SliceSizes } from './slice-sizes.ts';
import type { ServedTree } from './tree-views.ts';

export interface RequestProcessorOptions {
  readonly tree: ServedTree;
  readonly serverId: ServerId;
  readonly sessionIds: SessionIdGenerator;
  readonly minSessionTimeoutMs: Millis;
  readonly maxSessionTimeoutMs: Millis;
  readonly limits?: RequestLimits;
  readonly authentication: Authentication;
  /** ACLs refuse nobody. */
  readonly skipAcl?: boolean;
  /** Writes that their ACLs will refuse do not go to the leader. */
  readonly eagerAclCheck?: boolean;
  /** Undefined: all sessions are global. */
  readonly localSessions?: LocalSessionOptions | undefined;
  readonly connectionThrottle?: ConnectionThrottle | undefined;
  /** A server without a quorum (ReadOnlyZooKeeperServer): it asks nobody, and gets no commits. */
  readonly readOnly?: boolean;
  readonly slices?: SliceSizes;
  readonly logger: Logger;
}

/** What a client may send before its session is there or its watches are set; reading is paused, so more comes only from one that floods. */
const MAX_HELD_BYTES = 4 * 1024 * 1024;

export class RequestProcessor implements WatchEventSink {
  readonly #outbox: Outbox;
  readonly #clients: Clients;
  readonly #handshake: Handshake;
  readonly #access: AccessControl;
  readonly #gate: AuthenticationGate;
  readonly #pipeline: RequestPipeline;
  readonly #localSessions: LocalSessions | undefined;
  readonly #eventFrame = new EventFrame();
  readonly #logger: LimitedLog;
  readonly #serverId: ServerId;
  readonly #readOnly: boolean;
  readonly #commits: CommitQueue;
  /** When the last step left something that is committed. */
  #unappliedSince: Millis | undefined;
  /** Zxids of clients below it that are not in the tree were never committed. */
  #epochStart = ZERO_ZXID;
  /** Of the txn that is being applied. */
  #eventCount = 0;
  #digestMismatchSeen = false;

  constructor(options: RequestProcessorOptions) {
    const { tree } = options;
    const logger = new LimitedLog(options.logger);
    this.#logger = logger;
    this.#serverId = options.serverId;
    this.#readOnly = options.readOnly ?? false;
    const limits = options.limits ?? DEFAULT_REQUEST_LIMITS;
    const load = new RequestLoad(limits);
    this.#commits = new CommitQueue(limits.workAtOnce);
    this.#outbox = new Outbox(load);
    this.#clients = new Clients(this.#outbox, load, (connection) => tree.removeWatcher(connection));
    const { localSessions } = options;
    this.#localSessions = localSessions === undefined ? undefined : new LocalSessions(localSessions, this.#clients);
    this.#handshake = new Handshake(this.#clients, this.#localSessions, { ...options, logger });
    this.#access = new AccessControl({
      providers: options.authentication.providers,
      skipAcl: options.skipAcl ?? false,
    });
    this.#gate = new AuthenticationGate(this.#clients, options.authentication, logger);
    this.#pipeline = new RequestPipeline({
      tree,
      clients: this.#clients,
      handshake: this.#handshake,
      events: this,
      access: this.#access,
      throttle: limits.throttle,
      localSessions: this.#localSessions,
      eagerAclCheck: options.eagerAclCheck ?? false,
      readOnly: this.#readOnly,
      slices: options.slices ?? DEFAULT_SLICE_SIZES,
    });
  }

  step(input: RequestInput, now: Millis): RequestEffect[] {
    this.#logger.now = now;
    this.#pipeline.beginStep();
    this.#perform(input, now);
    this.#pipeline.beginThrottled(now);
    this.#replayReleased(now);
    return this.#outbox.finish();
  }

  /** The tree reports a watch that fired; the event goes out before any later reply. Not to those who may not read the znode (CVE-2024-23944). */
  onWatchEvent(
    watcher: WatcherId,
    type: WatchEventType,
    path: string,
    zxid: Zxid,
    acl: readonly Acl[] | undefined,
  ): void {
    this.#eventCount++;
    const connection = this.#clients.connection(watcher);
    if (connection === undefined) return;
    if (acl !== undefined && !this.#access.isPermitted(acl, Permission.READ, connection.identities)) return;
    const frame = this.#eventFrame.of(type, path, zxid);
    this.#outbox.share(connection, frame);
    this.#clients.countEvent(connection, frame);
  }

  /** When a `tick` is due; undefined if nothing waits for the time. */
  nextWakeup(): Millis | undefined {
    if (this.#unappliedSince !== undefined) return this.#unappliedSince;
    const throttled = this.#pipeline.nextWakeup();
    const expiry = this.#localSessions?.nextExpiry();
    return throttled === undefined || (expiry !== undefined && expiry < throttled) ? expiry : throttled;
  }

  /** Sessions heard from since they were last named, at most `limit`, for PING and for the leader's own tracker. */
  takeTouchedSessions(limit: number): TouchedSession[] {
    return this.#clients.takeTouched(limit);
  }

  /** Lazily: there may be many. */
  *connectionViews(): IterableIterator<ConnectionView> {
    for (const connection of this.#clients.connections()) yield connection.view();
  }

  /** Whose connection it is; undefined for one that is gone or has no session yet. */
  sessionOf(connection: ConnectionId): SessionId | undefined {
    return this.#clients.connection(connection)?.session?.id;
  }

  get statistics(): ServerStatistics {
    return this.#clients.statistics;
  }

  /** Counters of ServerMetrics, under ZooKeeper's names. */
  *metrics(): Iterable<readonly [name: string, value: number]> {
    yield* this.statistics.metrics();
    yield* this.#handshake.metrics();
  }

  resetConnectionStatistics(): void {
    for (const connection of this.#clients.connections()) connection.statistics.reset();
  }

  get connectionCount(): number {
    return this.#clients.connectionCount;
  }

  /** Requests that wait for a commit, a sync or their turn. */
  get outstandingCount(): number {
    return this.#clients.outstandingCount;
  }

  /** Local sessions that expired here. */
  get expiredLocalSessionCount(): number {
    return this.#localSessions?.expiredCount ?? 0;
  }

  #perform(input: RequestInput, now: Millis): void {
    switch (input.type) {
      case 'connected':
        return this.#clients.connect(input.connection, input.remoteAddress, input.identities, input.establishedAt);
      case 'frames': {
        const connection = this.#clients.connection(input.connection);
        if (connection !== undefined) this.#onFrames(connection, new Frames(input.frames, 'borrowed'), now);
        return;
      }
      case 'drained': {
        const connection = this.#clients.connection(input.connection);
        if (connection !== undefined) this.#onDrained(connection, now);
        return;
      }
      case 'disconnected': {
        const connection = this.#clients.connection(input.connection);
        if (connection !== undefined) this.#clients.forget(connection);
        return;
      }
      case 'committed':
        this.#commits.push(input.txns);
        return this.#applyCommitted('arriving', now);
      case 'syncConfirmed':
        this.#commits.push(input.syncId);
        return this.#applyCommitted('arriving', now);
      case 'revalidated':
        return this.#onRevalidated(input, now);
      case 'sessionMoved':
        return this.#onSessionMoved(input.sessionId);
      case 'tick':
        if (!input.late) this.#localSessions?.expire(now);
        this.#applyCommitted('waiting', now);
        return this.#pipeline.onTick(now);
      case 'epochBegan':
        this.#epochStart = makeZxid(input.epoch, 0);
        return this.#applyCommitted('waiting', now);
      case 'catchUp':
        return this.#applyCommitted('everything', now);
      case 'stop':
        this.#pipeline.stop();
        this.#commits.clear();
        return this.#clients.closeAll();
      default:
        return unreachable(input);
    }
  }

  #onFrames(connection: ClientConnection, frames: Frames, now: Millis): void {
    if (connection.phase === 'established' && connection.session !== undefined) this.#touch(connection.session, now);
    while (connection.phase !== 'closed') {
      if (connection.phase === 'attaching' || connection.holdsFrames || this.#outbox.isFull(connection))
        return this.#hold(connection, frames.takeRest());
      const next = frames.next();
      if (next === false) return;
      if (next === 'malformed') return this.#onMalformed(connection, frames, now);
      this.#clients.countReceived(connection);
      this.#onFrame(connection, frames, now);
    }
  }

  #touch(session: ServedSession, now: Millis): void {
    if (session.isLocal) this.#localSessions?.touch(session, now);
    // There may be no leader to tell.
    else if (!this.#readOnly) this.#clients.touch(session);
  }

  /** Nothing behind it can be read: at best it is answered. */
  #onMalformed(connection: ClientConnection, frames: Frames, now: Millis): void {
    if (connection.phase !== 'established' || !frames.readCutHeader()) {
      return this.#closeMalformed(connection, 'length');
    }
    this.#logger.warn('refusing a request that is too long', { remoteAddress: connection.remoteAddress });
    this.#clients.countReceived(connection);
    this.#pipeline.onOversized(connection, frames, now);
  }

  #onFrame(connection: ClientConnection, frames: Frames, now: Millis): void {
    if (connection.phase === 'connecting') {
      this.#handshake.onConnectRequest(connection, frames.bytes, frames.start, frames.end, now);
    } else if (connection.session === undefined || !frames.readHeader()) {
      this.#closeMalformed(connection, 'header');
    } else if (!this.#clients.load.hasRoomFor(frames.payloadEnd - frames.payloadStart)) {
      this.#closeUnserved(connection, 'a large request, and largeRequestMaxBytes are in process');
    } else {
      this.#onRequest(connection, connection.session, frames, now);
    }
  }

  #onRequest(connection: ClientConnection, session: ServedSession, frames: Frames, now: Millis): void {
    const admission = this.#gate.admit(connection, frames);
    if (admission === 'malformed') return this.#closeMalformed(connection, 'authentication');
    if (admission !== 'passes') return;
    // Not answered, as for a write (ZOOKEEPER-710): the leader's PrepRequestProcessor asks for the owner of every request but the last.
    if (connection.hasMoved && frames.type !== OpCode.CLOSE_SESSION) this.#clients.close(connection);
    else this.#pipeline.onRequest(connection, session, frames, now);
  }

  /** Java's client sends its watches and credentials right behind the connect request, and what its user asks for behind the watches. */
  #hold(connection: ClientConnection, frames: Uint8Array): void {
    if (frames.length === 0) return;
    this.#outbox.touch(connection);
    connection.hold(frames);
    if (connection.phase === 'attaching' && connection.heldBytes > MAX_HELD_BYTES)
      this.#closeMalformed(connection, 'flood before the session');
  }

  #onDrained(connection: ClientConnection, now: Millis): void {
    connection.awaitsDrain = false;
    this.#outbox.touch(connection);
    if (connection.phase === 'established') this.#replay(connection, now);
  }

  #closeMalformed(connection: ClientConnection, what: string): void {
    this.#logger.warn('closing a connection that sent a malformed frame', {
      what,
      remoteAddress: connection.remoteAddress,
    });
    this.#clients.close(connection);
  }

  /** ZooKeeper closes without an answer, too. */
  #closeUnserved(connection: ClientConnection, reason: string): void {
    this.#logger.warn('closing a connection whose request is not served', {
      reason,
      remoteAddress: connection.remoteAddress,
    });
    this.#clients.close(connection);
  }

  #applyCommitted(occasion: 'arriving' | 'waiting' | 'everything', now: Millis): void {
    const commits = this.#commits;
    commits.beginStep(occasion);
    for (let next = commits.next(); next !== undefined; next = commits.next()) {
      if (typeof next === 'number') this.#pipeline.confirmSync(next, now);
      else this.#commit(next, now);
    }
    this.#unappliedSince = commits.isEmpty ? undefined : now;
    if (commits.isEmpty) this.#handshake.completeZxid = this.#epochStart;
  }

  #commit(txn: TxnBytes, now: Millis): void {
    this.#eventCount = 0;
    const outcome = this.#pipeline.commit(txn, now);
    if (outcome.digestMismatch) this.#onDigestMismatch(outcome.zxid);
    this.#commits.spend(outcome.type, txn, this.#eventCount);
    this.#replayHeld(now);
  }

  /** Reported once: after the first, every later txn mismatches too. */
  #onDigestMismatch(zxid: Zxid): void {
    this.statistics.digestMismatchCount++;
    if (this.#digestMismatchSeen) return;
    this.#digestMismatchSeen = true;
    this.#logger.error("the tree differs from the leader's", {
      sid: this.#serverId,
      zxid: formatZxid(zxid),
    });
  }

  #onSessionMoved(sessionId: SessionId): void {
    const connection = this.#clients.session(sessionId)?.connection;
    if (connection?.phase === 'established') connection.hasMoved = true;
  }

  #onRevalidated(input: RequestInput & { type: 'revalidated' }, now: Millis): void {
    const connection = this.#clients.session(input.sessionId)?.connection;
    // It may have gone meanwhile, or been answered with an earlier answer for the same session.
    if (connection?.phase !== 'attaching') return;
    if (input.valid) {
      connection.movedInAfter = input.lastProposedZxid;
      this.#handshake.accept(connection);
      this.#replayHeld(now);
    } else {
      this.#handshake.refuse(connection);
    }
  }

  /** Goes on with what a connection sent before its session was there. */
  #replayHeld(now: Millis): void {
    const connection = this.#handshake.takeAccepted();
    if (connection !== undefined) this.#replay(connection, now);
  }

  /** Goes on with what came behind a request that took several steps. */
  #replayReleased(now: Millis): void {
    for (let each = this.#pipeline.takeReleased(); each !== undefined; each = this.#pipeline.takeReleased()) {
      this.#replay(each, now);
    }
  }

  #replay(connection: ClientConnection, now: Millis): void {
    for (const frames of connection.takeHeld()) this.#onFrames(connection, new Frames(frames, 'own'), now);
  }
}
