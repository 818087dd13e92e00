// What a peer must be told before it can run. One frozen value; servers can share a process.

import type { Authentication, Election, ElectionFactory, Logger, Random } from '@zebu/interfaces';
import type { SyncLimits } from '@zebu/leader';
import type { ConnectionThrottleOptions } from '@zebu/requests';
import type { Ensemble, Millis, ServerId, WallClockMs } from '@zebu/protocol';
import type { PrepOptions, RequestLimits } from '@zebu/requests';
import type { ContainerOptions } from './container-manager.ts';
import type { MessageTrackerOptions } from './message-tracker.ts';

export interface PeerOptions {
  readonly self: ServerId;
  readonly tickTimeMs: number;
  readonly minSessionTimeoutMs: number;
  readonly maxSessionTimeoutMs: number;
  /** A snapshot is taken after a random number of txns between half of this and this. */
  readonly snapCount: number;
  /** And of no more bytes, likewise; undefined: their number alone counts. */
  readonly snapSizeLimitBytes?: number | undefined;
  readonly requestLimits: RequestLimits;
  readonly prep: PrepOptions;
  /** Writes that their ACLs will refuse do not go to the leader; a standalone server has nothing to gain by it. */
  readonly eagerAclCheck?: boolean;
  readonly containers: ContainerOptions;
  readonly commitLogCount: number;
  readonly commitLogBytes: number;
  /** Undefined lets in whoever comes. */
  readonly connectionThrottle?: ConnectionThrottleOptions | undefined;
}

/** How observers learn, and where. */
export interface ObserverOptions {
  /** Followers serve observers, and an observer learns at a follower when it can (observerMasterPort). */
  readonly masters: boolean;
  /** False: an observer writes no txns to disk, and is brought up to date anew at each start (syncEnabled). */
  readonly keepsLog: boolean;
  /** At most so long, by chance, an observer waits before it looks for a leader again (observer.election.DelayMs). */
  readonly electionDelayMs: Millis;
  /** The same before it dials the leader, or its first follower again (observer.reconnectDelayMs). */
  readonly reconnectDelayMs: Millis;
}
export const DEFAULT_OBSERVER_OPTIONS: ObserverOptions = {
  masters: false,
  keepsLog: true,
  electionDelayMs: 0,
  reconnectDelayMs: 0,
};

export interface QuorumOptions {
  /** As configured; the log may know of a newer one. */
  readonly ensemble: Ensemble;
  /** In ticks. */
  readonly initLimit: number;
  /** In ticks. */
  readonly syncLimit: number;
  readonly leaderServes: boolean;
  readonly maxQueuedBytes: number;
  readonly snapshotSizeFactor: number;
  /** Learners are sent snapshots whatever they missed. */
  readonly forceSnapshotSync?: boolean | undefined;
  readonly observers?: ObserverOptions;
  /** How many learners are synchronized at a time; undefined: the default. */
  readonly syncLimits?: SyncLimits | undefined;
  /** A leader that its voters left before it was established waits for them as long as this; undefined: not at all. */
  readonly waitForVotersMs?: Millis | undefined;
  /** In ticks; undefined: initLimit (connectToLearnerMasterLimit). */
  readonly connectLimit?: number | undefined;
  /** Between two tries to connect; undefined: short, and growing. */
  readonly connectRetryDelayMs?: Millis | undefined;
  /** Of the last zxid of each epoch, for tests of what follows it (testingonly.initialZxid); MAX_COUNTER untold. */
  readonly lastCounter?: number | undefined;
  /** New sessions begin as local ones (localSessionsEnabled); undefined: all are global, as on every standalone server. */
  readonly localSessions?: { readonly upgradingEnabled: boolean } | undefined;
  /** While there is no quorum, clients that are content with reads are served (readonlymode.enabled). */
  readonly readOnlyMode?: boolean;
  /** Of two voters one may go on alone when an oracle says so (oraclePath): inputs of type `oracle` do. */
  readonly oracle?: boolean;
  /** Links that end say in the log what went over them last (messageTracker.Enabled); undefined: they do not. */
  readonly messageTracker?: MessageTrackerOptions | undefined;
}

export interface PeerDependencies {
  readonly random: Random;
  readonly logger: Logger;
  readonly authentication: Authentication;
}

export interface QuorumDependencies extends PeerDependencies {
  /** The election module, already bound to its own options. */
  readonly createElection: (dependencies: Parameters<ElectionFactory<never>>[0]) => Election;
}

/** The moment of a step. */
export interface Now {
  /** Monotonic. */
  readonly time: Millis;
  readonly wallClock: WallClockMs;
}
