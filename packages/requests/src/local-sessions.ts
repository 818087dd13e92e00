// Local sessions (ZooKeeper's localSessionsEnabled): they live on the server of their client alone, no txn tells of them, and they own no
// ephemerals. The first ephemeral makes a session global, where that is allowed (QuorumZooKeeperServer.checkUpgradeSession).

import { decodeCreateRequest, JuteError, JuteReader, JuteWriter } from '@zebu/jute';
import { ErrorCode, isEphemeralMode, type Millis, OpCode, type SessionId } from '@zebu/protocol';
import type { SessionTracker } from '@zebu/sessions';
import { AclReader } from './acl-reader.ts';
import type { Clients } from './clients.ts';
import type { PendingRequest } from './pending-request.ts';
import type { ServedSession } from './served-session.ts';
import { readMulti } from './write-operation.ts';

export interface LocalSessionOptions {
  /** Of this server's local sessions; lives as long as the role. */
  readonly tracker: SessionTracker;
  readonly upgradingEnabled: boolean;
}

/** Sessions ended in one step: thousands that expire together must not stall the loop. */
const EXPIRED_PER_STEP = 256;
/** Like that of a new global session: its client has not counted it. */
const UPGRADE_CXID = 0;

export class LocalSessions {
  readonly #tracker: SessionTracker;
  readonly #upgradingEnabled: boolean;
  readonly #clients: Clients;
  #expiredCount = 0;

  constructor(options: LocalSessionOptions, clients: Clients) {
    this.#tracker = options.tracker;
    this.#upgradingEnabled = options.upgradingEnabled;
    this.#clients = clients;
  }

  get expiredCount(): number {
    return this.#expiredCount;
  }

  /** A new session: all begin as local ones. */
  begin(session: ServedSession, now: Millis): void {
    session.isLocal = true;
    this.#tracker.track(session.id, session.timeoutMs, now);
  }

  has(sessionId: SessionId): boolean {
    return this.#tracker.has(sessionId);
  }

  /** Its client came back to it. False when it is over. */
  resume(session: ServedSession, now: Millis): boolean {
    session.isLocal = true;
    return this.#tracker.touch(session.id, session.timeoutMs, now);
  }

  touch(session: ServedSession, now: Millis): void {
    this.#tracker.touch(session.id, session.timeoutMs, now);
  }

  /**
   * A write of a local session begins. Its end is nobody else's affair. If only a global session may ask for it the session becomes one
   * first; where that is not allowed its client gets the error that ZooKeeper's learners give, whatever the leader says of a session that
   * it does not know.
   */
  onWrite(session: ServedSession, request: PendingRequest): void {
    if (request.type === OpCode.CLOSE_SESSION) request.kind = 'closeLocal';
    else if (!createsEphemeral(request)) return;
    else if (this.#upgradingEnabled) this.#upgrade(session);
    else request.refusal = ErrorCode.EPHEMERALONLOCALSESSION;
  }

  /** A session was created by a txn. It may have been taken for a local one while it moved between servers (LearnerSessionTracker). */
  onGlobal(sessionId: SessionId): void {
    this.#tracker.remove(sessionId);
    const session = this.#clients.session(sessionId);
    if (session !== undefined) session.isLocal = false;
  }

  /** Its client closed it. */
  end(sessionId: SessionId): void {
    this.#tracker.remove(sessionId);
  }

  nextExpiry(): Millis | undefined {
    return this.#tracker.nextExpiry();
  }

  /** Ends those whose time is up. */
  expire(now: Millis): void {
    for (const sessionId of this.#tracker.expired(now, EXPIRED_PER_STEP)) {
      this.#tracker.remove(sessionId);
      this.#expiredCount++;
      const connection = this.#clients.session(sessionId)?.connection;
      if (connection !== undefined) this.#clients.close(connection);
    }
  }

  /** The createSession txn goes ahead of the write; until it is committed the leader knows the session by its prep. */
  #upgrade(session: ServedSession): void {
    const timeoutMs = this.#tracker.timeoutOf(session.id) ?? session.timeoutMs;
    this.#tracker.remove(session.id);
    session.isLocal = false;
    this.#clients.touch(session);
    const payload = createSessionPayload(timeoutMs);
    const { id: sessionId } = session;
    this.#clients.outbox.submit({ sessionId, cxid: UPGRADE_CXID, type: OpCode.CREATE_SESSION, payload, authInfo: [] });
  }
}

/** CreateSessionTxn. */
export function createSessionPayload(timeoutMs: Millis): Uint8Array {
  const writer = new JuteWriter(4);
  writer.writeInt(timeoutMs);
  return writer.take();
}

/** What the leader could not read it refuses, and the session stays as it is. */
function createsEphemeral({ type, payload }: PendingRequest): boolean {
  try {
    const reader = new JuteReader(payload);
    if (isCreate(type)) return isEphemeralMode(decodeCreateRequest(reader).flags);
    if (type !== OpCode.MULTI) return false;
    return readMulti(reader, new AclReader()).some(
      (operation) => isCreate(operation.type) && isEphemeralMode(operation.flagsOrVersion),
    );
  } catch (error) {
    if (error instanceof JuteError) return false;
    throw error;
  }
}

const isCreate = (type: number): boolean => type === OpCode.CREATE || type === OpCode.CREATE2;
