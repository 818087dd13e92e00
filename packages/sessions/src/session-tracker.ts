// A table of sessions: who is alive, until when, and which server speaks for it (ZooKeeper's SessionTrackerImpl). It decides that a
// session has expired; removing its znodes is a txn that others make. A standalone server has one, a leader's is a LeaderSessionTracker,
// and where local sessions are on every server has one more for those (LocalSessionTracker).

import { ErrorCode, type Millis, type ServerId, type SessionId } from '@zebu/protocol';
import { Expirable, ExpiryQueue } from './expiry-queue.ts';
import { SessionTable } from './session-table.ts';

export interface SessionTrackerOptions {
  /** Width of an expiry bucket; ZooKeeper's tickTime. */
  readonly tickMs: Millis;
}

class TrackedSession extends Expirable {
  readonly id: SessionId;
  readonly timeoutMs: Millis;
  /** Undefined until a server has spoken for the session since this leader began. */
  owner: ServerId | undefined;
  /** Its CLOSE_SESSION is under way. Invariant: not queued for expiry, so it is handed out once. */
  closing = false;

  constructor(id: SessionId, timeoutMs: Millis) {
    super();
    this.id = id;
    this.timeoutMs = timeoutMs;
  }
}

export class SessionTracker {
  readonly #sessions = new SessionTable<TrackedSession>();
  readonly #expiry: ExpiryQueue<TrackedSession>;

  constructor(options: SessionTrackerOptions) {
    this.#expiry = new ExpiryQueue(options.tickMs);
  }

  get count(): number {
    return this.#sessions.size;
  }

  has(sessionId: SessionId): boolean {
    return this.#sessions.has(sessionId);
  }

  /** As negotiated when the session was created. */
  timeoutOf(sessionId: SessionId): Millis | undefined {
    return this.#sessions.get(sessionId)?.timeoutMs;
  }

  /** Starts tracking; an already tracked session is only touched. */
  track(sessionId: SessionId, timeoutMs: Millis, now: Millis): void {
    if (this.#sessions.has(sessionId)) {
      this.touch(sessionId, timeoutMs, now);
      return;
    }
    const session = new TrackedSession(sessionId, timeoutMs);
    this.#sessions.set(sessionId, session);
    this.#expiry.update(session, now + timeoutMs);
  }

  /** A sign of life: O(1). False when the session is unknown or closing. */
  touch(sessionId: SessionId, timeoutMs: Millis, now: Millis): boolean {
    const session = this.#sessions.get(sessionId);
    if (session === undefined || session.closing) return false;
    this.#expiry.update(session, now + timeoutMs);
    return true;
  }

  /** The session is served by `owner` from now on; writes through another server get SESSIONMOVED. */
  setOwner(sessionId: SessionId, owner: ServerId): ErrorCode {
    const session = this.#sessions.get(sessionId);
    if (session === undefined || session.closing) return ErrorCode.SESSIONEXPIRED;
    session.owner = owner;
    return ErrorCode.OK;
  }

  /** May `owner` write for the session? The first to ask becomes its owner (a new leader knows none). */
  check(sessionId: SessionId, owner: ServerId): ErrorCode {
    return this.#check(sessionId, owner);
  }

  /** The same for what only a global session may do: own ephemerals. One that is not known here has expired. */
  checkGlobal(sessionId: SessionId, owner: ServerId): ErrorCode {
    const answer = this.#check(sessionId, owner);
    return answer === ErrorCode.UNKNOWNSESSION ? ErrorCode.SESSIONEXPIRED : answer;
  }

  /** Its end is decided: it neither expires nor writes any more. */
  setClosing(sessionId: SessionId): void {
    const session = this.#sessions.get(sessionId);
    if (session !== undefined) this.#close(session);
  }

  remove(sessionId: SessionId): void {
    const session = this.#sessions.get(sessionId);
    if (session === undefined) return;
    this.#close(session);
    this.#sessions.delete(sessionId);
  }

  /** Sessions whose time is up, at most `limit`, in order of expiry. Each is closing from now on, and handed out once. */
  expired(now: Millis, limit: number): SessionId[] {
    const expired: SessionId[] = [];
    for (const session of this.#expiry.poll(now, limit)) {
      session.closing = true;
      expired.push(session.id);
    }
    return expired;
  }

  /** When `expired` next has something to say; in the past when its limit cut it short. */
  nextExpiry(): Millis | undefined {
    return this.#expiry.nextExpiry();
  }

  get expirySetCount(): number {
    return this.#expiry.setCount;
  }

  /** Who expires when (ExpiryQueue.dump); one set at a time. */
  *expirySets(): IterableIterator<{ readonly expiresAt: Millis; readonly sessionIds: readonly SessionId[] }> {
    for (const { time, items } of this.#expiry.sets()) yield { expiresAt: time, sessionIds: items.map(({ id }) => id) };
  }

  /** The process was stalled: sessions could not be heard, so all deadlines move. */
  postpone(byMs: Millis): void {
    this.#expiry.postpone(byMs);
  }

  #check(sessionId: SessionId, owner: ServerId): ErrorCode {
    const session = this.#sessions.get(sessionId);
    if (session === undefined) return ErrorCode.UNKNOWNSESSION;
    if (session.closing) return ErrorCode.SESSIONEXPIRED;
    session.owner ??= owner;
    return session.owner === owner ? ErrorCode.OK : ErrorCode.SESSIONMOVED;
  }

  #close(session: TrackedSession): void {
    session.closing = true;
    this.#expiry.remove(session);
  }
}
