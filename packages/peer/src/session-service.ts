// What only the server that orders writes does for sessions and requests: prep, ownership, expiry, unused znodes (LeaderZooKeeperServer and
// ZooKeeperServer, as far as they are not ordering or storage).

import type { DataTree } from '@zebu/datatree';
import type { SessionDump } from '@zebu/interfaces';
import {
  ErrorCode,
  type ForwardedRequest,
  type Millis,
  type ServerId,
  type SessionId,
  type TouchedSession,
  type TxnBytes,
  type WallClockMs,
  type Zxid,
} from '@zebu/protocol';
import { type EnsembleView, PrepProcessor } from '@zebu/requests';
import type { SessionTracker } from '@zebu/sessions';
import { ContainerManager } from './container-manager.ts';
import { expirySets } from './dumps.ts';
import { earliest } from './earliest.ts';
import type { Now, PeerDependencies, PeerOptions } from './options.ts';
import { SessionExpiry } from './session-expiry.ts';

interface SessionServiceOptions {
  /** Empty: the sessions of the tree are taken over. */
  readonly sessions: SessionTracker;
  readonly options: PeerOptions;
  readonly dependencies: PeerDependencies;
  readonly nextZxid: () => Zxid;
  /** Undefined for a standalone server. */
  readonly ensemble?: EnsembleView;
}

export class SessionService {
  readonly #sessions: SessionTracker;
  readonly #prep: PrepProcessor;
  readonly #expiry: SessionExpiry;
  readonly #containers: ContainerManager;

  constructor(tree: DataTree, { sessions, options, dependencies, ...ordering }: SessionServiceOptions, now: Millis) {
    this.#sessions = sessions;
    const { authentication, logger } = dependencies;
    this.#prep = new PrepProcessor({
      tree,
      sessions,
      authentication,
      logger,
      options: options.prep,
      maxNeverUsedMs: options.containers.maxNeverUsedMs,
      ...ordering,
    });
    this.#containers = new ContainerManager(tree, options.containers, now);
    this.#expiry = new SessionExpiry({ tree, sessions, prep: this.#prep }, now);
  }

  /** Sessions that expired since this server orders writes (stale_sessions_expired). */
  get expiredCount(): number {
    return this.#expiry.expiredCount;
  }

  dump(): SessionDump {
    return { type: 'expiring', ...expirySets(this.#sessions) };
  }

  prepare(requests: readonly ForwardedRequest[], owner: ServerId, now: Millis, wallClock: WallClockMs): TxnBytes[] {
    for (const { sessionId } of requests) this.#expiry.takeOver(sessionId);
    return this.#prep.prepare(requests, owner, now, wallClock);
  }

  onApplied(zxid: Zxid): void {
    this.#prep.onApplied(zxid);
  }

  touch(sessions: readonly TouchedSession[], now: Millis): void {
    this.#expiry.hear(sessions, now);
  }

  /** A client came back with this session to `owner`: is it alive? From now on it belongs there. */
  revalidate(sessionId: SessionId, timeoutMs: number, owner: ServerId, now: Millis): boolean {
    this.#expiry.takeOver(sessionId);
    return (
      this.#sessions.touch(sessionId, timeoutMs, now) && this.#sessions.setOwner(sessionId, owner) === ErrorCode.OK
    );
  }

  /** What the server asks for by itself: the ends of sessions whose time is up, and of znodes that nobody uses. */
  due(now: Now): ForwardedRequest[] {
    return [...this.#expiry.due(now.time), ...this.#containers.due(now)];
  }

  nextWakeup(): Millis | undefined {
    return earliest(this.#expiry.nextWakeup(), this.#containers.nextWakeup());
  }
}
