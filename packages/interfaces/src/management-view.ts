// A read-only picture of a running server for four-letter words, and later for admin and metrics.

import type { Epoch, Millis, ServerId, ServerState, SessionId, WallClockMs, Zxid } from '@zebu/protocol';

export type ZabState = 'ELECTION' | 'DISCOVERY' | 'SYNCHRONIZATION' | 'BROADCAST';
export type SyncPath = 'DIFF' | 'DIFF_FROM_DISK' | 'TRUNC' | 'SNAP';

/** What `cons` says beyond the counts; left out where it is not measured. */
export interface ConnectionActivity {
  readonly establishedAt: WallClockMs;
  /** ZooKeeper's four letters, such as GETD, CREA, PING; NA before the first. */
  readonly lastOperation: string;
  /** -1 before the first. */
  readonly lastCxid: number;
  readonly lastZxid: Zxid;
  readonly lastResponseAt: Millis;
  readonly lastLatencyMs: Millis;
  readonly latencyMs: { readonly minimum: number; readonly average: number; readonly maximum: number };
}

export interface ConnectionView {
  readonly remoteAddress: string;
  readonly sessionId: SessionId;
  readonly sessionTimeoutMs: number;
  readonly queuedCount: number;
  readonly receivedCount: number;
  readonly sentCount: number;
  readonly activity?: ConnectionActivity | undefined;
}

export interface LearnerView {
  readonly sid: ServerId;
  readonly role: 'follower' | 'observer';
  readonly synced: boolean;
  /** How it was last brought in sync. */
  readonly syncPath: SyncPath | undefined;
}

export interface ManagementView {
  readonly standalone: boolean;
  readonly state: ServerState;
  readonly zabState: ZabState;
  /** True while clients are served. */
  readonly serving: boolean;
  readonly leader: ServerId | undefined;
  readonly epoch: Epoch;
  readonly lastZxid: Zxid;
  readonly znodeCount: number;
  readonly watchCount: number;
  readonly ephemeralsCount: number;
  readonly approximateDataBytes: number;
  readonly sessionCount: number;
  readonly outstandingRequestCount: number;
  readonly packetsReceivedCount: number;
  readonly packetsSentCount: number;
  readonly latencyMs: { readonly minimum: number; readonly average: number; readonly maximum: number };
  readonly connections: readonly ConnectionView[];
  /** On a leader. */
  readonly learners: readonly LearnerView[];
  readonly proposalCount: number;
  /** Bytes of proposals, on a leader that measures them. */
  readonly proposalSizes?: { readonly last: number; readonly minimum: number; readonly maximum: number } | undefined;
  readonly snapshotCount: number;
  /** Tree digest at lastZxid, unsigned hex. */
  readonly treeDigest: string;
}
