// A picture of a running server for whoever shows it: four-letter words, admin, metrics. Plain values are ready; what costs more than a few
// look-ups is a function, and what may be long is an iterable: it is to be consumed in slices, over several turns of the loop, and
// may or may not show what changes meanwhile.

import type { Epoch, Millis, ServerId, ServerState, SessionId, WallClockMs, Zxid } from '@zebu/protocol';
import type { ManagementBeans } from './management-beans.ts';

export type ZabState = 'ELECTION' | 'DISCOVERY' | 'SYNCHRONIZATION' | 'BROADCAST';
export type SyncPath = 'DIFF' | 'DIFF_FROM_DISK' | 'TRUNC' | 'SNAP';

export interface Spread {
  readonly minimum: number;
  readonly average: number;
  readonly maximum: number;
}

/** Of the buffers of one kind (BufferStats); -1 while there was none. */
export interface BufferSizes {
  readonly last: number;
  readonly minimum: number;
  readonly maximum: number;
}

/** What `cons` says beyond the counts. */
export interface ConnectionActivity {
  readonly establishedAt: WallClockMs;
  /** ZooKeeper's four letters, such as GETD, CREA, PING; NA before the first, and for a write that was refused. */
  readonly lastOperation: string;
  /** -1 before the first. */
  readonly lastCxid: number;
  readonly lastZxid: Zxid;
  readonly lastResponseAt: Millis;
  readonly lastLatencyMs: Millis;
  readonly latencyMs: Spread;
}

export interface ConnectionView {
  readonly remoteAddress: string;
  readonly sessionId: SessionId;
  readonly sessionTimeoutMs: number;
  readonly queuedCount: number;
  readonly receivedCount: number;
  readonly sentCount: number;
  readonly activity: ConnectionActivity;
}

export interface LearnerView {
  readonly sid: ServerId;
  readonly role: 'follower' | 'observer';
  readonly synced: boolean;
  /** How it was last brought in sync. */
  readonly syncPath: SyncPath | undefined;
}

/** Of the watches left by getData, exists and addWatch, which are those that ZooKeeper's words show. */
export interface WatchSummaryView {
  readonly connectionCount: number;
  readonly pathCount: number;
  readonly watchCount: number;
}

export interface WatchedPathView {
  readonly path: string;
  /** To be gone through at once, unlike the list that it is a part of. */
  readonly sessionIds: Iterable<SessionId>;
}

/** What one session has: paths that it watches, or its ephemerals. */
export interface PathsOfSession {
  readonly sessionId: SessionId;
  /** To be gone through at once, unlike the list that it is a part of. */
  readonly paths: Iterable<string>;
}

/** Sessions that expire at the end of the same tick. */
export interface ExpirySet {
  readonly expiresAt: Millis;
  readonly sessionIds: readonly SessionId[];
}

/** Who judges sessions knows when they expire; others know only which there are. */
export type SessionDump = (
  | ({ readonly type: 'expiring' } & ExpirySets)
  | {
      readonly type: 'known';
      readonly sessionCount: number;
      readonly sessions: Iterable<{ readonly sessionId: SessionId; readonly timeoutMs: number }>;
    }
) & {
  /** Sessions that this server alone knows and judges; left out where all are global. */
  readonly local?: ExpirySets | undefined;
};

export interface ExpirySets {
  readonly sessionCount: number;
  readonly setCount: number;
  /** In the order of their times. */
  readonly sets: Iterable<ExpirySet>;
}

export interface ZxidDigest {
  readonly zxid: Zxid;
  /** Unsigned. */
  readonly digest: bigint;
}

export interface ManagementView {
  readonly standalone: boolean;
  readonly state: ServerState;
  readonly zabState: ZabState;
  /** True while clients are served. */
  readonly serving: boolean;
  /** Without a quorum: those are served who are content with reads. */
  readonly readOnly: boolean;
  /** Since when clients are served; undefined while they are not. */
  readonly servingSince: Millis | undefined;
  readonly leader: ServerId | undefined;
  readonly epoch: Epoch;
  readonly lastZxid: Zxid;
  readonly znodeCount: number;
  readonly watchCount: number;
  readonly ephemeralsCount: number;
  readonly approximateDataBytes: number;
  readonly sessionCount: number;
  readonly localSessionCount: number;
  readonly outstandingRequestCount: number;
  readonly packetsReceivedCount: number;
  readonly packetsSentCount: number;
  readonly latencyMs: Spread;
  readonly clientResponseSizes: BufferSizes;
  readonly connectionCount: number;
  connections(): Iterable<ConnectionView>;
  /** On a leader. */
  readonly learners: readonly LearnerView[];
  readonly proposalCount: number;
  /** On a leader. */
  readonly proposalSizes: BufferSizes | undefined;
  /** On a leader. */
  readonly pendingSyncCount: number;
  readonly snapshotCount: number;
  /** Tree digest at lastZxid, unsigned hex. */
  readonly treeDigest: string;
  watchSummary(): WatchSummaryView;
  watchesByPath(): Iterable<WatchedPathView>;
  watchesBySession(): Iterable<PathsOfSession>;
  readonly ephemeralOwnerCount: number;
  ephemeralsBySession(): Iterable<PathsOfSession>;
  sessionDump(): SessionDump;
  /** The tree's digest at past zxids, oldest first (DataTree.getDigestLog). */
  digestLog(): Iterable<ZxidDigest>;
  /** The same and more as ZooKeeper's beans name it, in plain values; made when it is asked for. */
  beans(): ManagementBeans;
  /** Counters of ServerMetrics that this server keeps, under ZooKeeper's names without `zk_`. */
  metrics(): Iterable<readonly [name: string, value: number]>;
}

/** Handed over: the successor was told to lead, and so were its followers. Whether it does, its discovery decides. */
export type TransferOutcome =
  | { readonly ok: true; readonly successor: ServerId }
  | { readonly ok: false; readonly reason: string };

/** What four-letter words, signals and, later, admin commands may do to a server. */
export interface ManagedServer {
  view(): ManagementView;
  /** Another server leads from now on: that one, or the one that holds the most. This server follows it. */
  transferLeadership(to?: ServerId): Promise<TransferOutcome>;
  /** `srst`. */
  resetStatistics(): void;
  /** `crst`. */
  resetConnectionStatistics(): void;
}
