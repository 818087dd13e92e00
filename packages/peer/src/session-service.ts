// What only the server that orders writes does for sessions and requests: prep, ownership, expiry (LeaderZooKeeperServer and
// ZooKeeperServer, as far as they are not ordering or storage).

import type { DataTree } from '@zebu/datatree';
import type { Authentication, SessionDump } from '@zebu/interfaces';
import {
  ErrorCode,
  type ForwardedRequest,
  type Millis,
  OpCode,
  type ServerId,
  type SessionId,
  type TouchedSession,
  type TxnBytes,
  type WallClockMs,
  type Zxid,
} from '@zebu/protocol';
import { PrepProcessor } from '@zebu/requests';
import { SessionTracker } from '@zebu/sessions';

/** Sessions ended in one step: thousands that expire together must not stall the loop. */
const EXPIRED_PER_STEP = 256;
const NOTHING = new Uint8Array(0);

interface SessionServiceOptions {
  readonly tickTimeMs: number;
  readonly nextZxid: () => Zxid;
  readonly authentication: Authentication;
}

export class SessionService {
  readonly #sessions: SessionTracker;
  readonly #prep: PrepProcessor;

  constructor(tree: DataTree, options: SessionServiceOptions, now: Millis) {
    const { tickTimeMs, nextZxid, authentication } = options;
    this.#sessions = new SessionTracker({ tickMs: tickTimeMs });
    this.#prep = new PrepProcessor({ tree, sessions: this.#sessions, nextZxid, authentication });
    // Nobody knows how long each was silent before: all get their full timeout (SessionTrackerImpl's constructor).
    for (const [sessionId, timeoutMs] of tree.sessions) this.#sessions.track(sessionId, timeoutMs, now);
  }

  get sessionCount(): number {
    return this.#sessions.count;
  }

  dump(): SessionDump {
    const sessions = this.#sessions;
    return {
      type: 'expiring',
      sessionCount: sessions.count,
      setCount: sessions.expirySetCount,
      sets: sessions.expirySets(),
    };
  }

  prepare(requests: readonly ForwardedRequest[], owner: ServerId, now: Millis, wallClock: WallClockMs): TxnBytes[] {
    return this.#prep.prepare(requests, owner, now, wallClock);
  }

  onApplied(zxid: Zxid): void {
    this.#prep.onApplied(zxid);
  }

  touch(sessions: readonly TouchedSession[], now: Millis): void {
    for (const { sessionId, timeoutMs } of sessions) this.#sessions.touch(sessionId, timeoutMs, now);
  }

  /** A client came back with this session to `owner`: is it alive? From now on it belongs there. */
  revalidate(sessionId: SessionId, timeoutMs: number, owner: ServerId, now: Millis): boolean {
    return (
      this.#sessions.touch(sessionId, timeoutMs, now) && this.#sessions.setOwner(sessionId, owner) === ErrorCode.OK
    );
  }

  /** Requests that end the sessions whose time is up. */
  expired(now: Millis): ForwardedRequest[] {
    return this.#sessions
      .expired(now, EXPIRED_PER_STEP)
      .map((sessionId) => ({ sessionId, cxid: 0, type: OpCode.CLOSE_SESSION, payload: NOTHING, authInfo: [] }));
  }

  nextExpiry(): Millis | undefined {
    return this.#sessions.nextExpiry();
  }
}
