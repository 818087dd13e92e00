// What only the server that orders writes does for sessions and requests: prep, ownership, expiry, unused znodes (LeaderZooKeeperServer and
// ZooKeeperServer, as far as they are not ordering or storage).

import type { DataTree } from '@zebu/datatree';
import type { SessionDump } from '@zebu/interfaces';
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
import { ContainerManager } from './container-manager.ts';
import { earliest } from './earliest.ts';
import type { Now, PeerDependencies, PeerOptions } from './options.ts';

/** Sessions ended in one step: thousands that expire together must not stall the loop. */
const EXPIRED_PER_STEP = 256;
const NOTHING = new Uint8Array(0);

interface SessionServiceOptions {
  readonly options: PeerOptions;
  readonly dependencies: PeerDependencies;
  readonly nextZxid: () => Zxid;
  /** Of the ensemble's configuration; undefined for a standalone server. */
  readonly configVersion?: bigint;
}

export class SessionService {
  readonly #sessions: SessionTracker;
  readonly #prep: PrepProcessor;
  readonly #containers: ContainerManager;

  constructor(tree: DataTree, { options, dependencies, ...ordering }: SessionServiceOptions, now: Millis) {
    this.#sessions = new SessionTracker({ tickMs: options.tickTimeMs });
    const { authentication } = dependencies;
    this.#prep = new PrepProcessor({
      tree,
      sessions: this.#sessions,
      authentication,
      options: options.prep,
      ...ordering,
    });
    this.#containers = new ContainerManager(tree, options.containers, now);
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

  /** What the server asks for by itself: the ends of sessions whose time is up, and of znodes that nobody uses. */
  due(now: Now): ForwardedRequest[] {
    return [...this.#expired(now.time), ...this.#containers.due(now)];
  }

  nextWakeup(): Millis | undefined {
    return earliest(this.#sessions.nextExpiry(), this.#containers.nextWakeup());
  }

  #expired(now: Millis): ForwardedRequest[] {
    return this.#sessions
      .expired(now, EXPIRED_PER_STEP)
      .map((sessionId) => ({ sessionId, cxid: 0, type: OpCode.CLOSE_SESSION, payload: NOTHING, authInfo: [] }));
  }
}
