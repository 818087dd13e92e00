// What a leader is given when it begins: whom it works with, its limits, and its state on disk.

import type { FlushToken, Logger } from '@zebu/interfaces';
import type { Membership } from '@zebu/quorum';
import type { Epoch, ServerId, TxnBytes, Zxid } from '@zebu/protocol';
import type { CommittedLog } from './committed-log.ts';

/** Of whoever serves learners. */
export interface LearnerMasterDependencies {
  readonly self: ServerId;
  readonly committedLog: CommittedLog;
  readonly logger: Logger;
}

export interface LeaderDependencies extends LearnerMasterDependencies {
  /** When leading begins; the leader itself changes it from then on. */
  readonly membership: Membership;
  readonly nextFlushToken: () => FlushToken;
}

/** Of a follower that serves observers. */
export interface ObserverMasterDependencies extends LearnerMasterDependencies {
  /** That of the leader it follows; durable here. */
  readonly epoch: Epoch;
  /** As this server knows it now. */
  readonly membership: () => Membership;
}

/** How many learners may be brought to the history at a time; followers are always taken, and counted (LearnerSyncThrottler). */
export interface SyncLimits {
  readonly snapshots: number;
  readonly diffs: number;
}
/** ZooKeeper's defaults. */
export const DEFAULT_SYNC_LIMITS: SyncLimits = { snapshots: 10, diffs: 100 };

export interface LearnerMasterOptions {
  readonly tickTimeMs: number;
  /** In ticks. */
  readonly initLimit: number;
  /** In ticks. */
  readonly syncLimit: number;
  /** A learner with more bytes queued than this is cut off. */
  readonly maxQueuedBytes: number;
  /** DIFF from disk is preferred to SNAP up to this share of the tree's size (zookeeper.snapshotSizeFactor). */
  readonly snapshotSizeFactor: number;
  /** Learners are sent snapshots whatever they missed (zookeeper.forceSnapshotSync). */
  readonly forceSnapshotSync?: boolean | undefined;
  /** Undefined: the default. */
  readonly syncLimits?: SyncLimits | undefined;
}

export interface LeaderOptions extends LearnerMasterOptions {
  /**
   * A configuration that has no version yet gets that of the epoch once a quorum follows, and so counts for more than the file of a server that
   * is about to join (ZOOKEEPER-1783). False where the ensemble never changes.
   */
  readonly reconfigEnabled: boolean;
  /** A leader that its voters left before it was established waits for them as long as this; undefined: not at all. */
  readonly waitForVotersMs?: number | undefined;
  /** Of the last zxid of each epoch: MAX_COUNTER untold. Tests have no time for four thousand million txns (testingonly.initialZxid). */
  readonly lastCounter?: number | undefined;
}

/** This server's state when leading begins, as read from disk after its pending writes were fenced. */
export interface LeaderHistory {
  readonly acceptedEpoch: Epoch;
  readonly currentEpoch: Epoch;
  /** Last zxid of the log. */
  readonly lastLoggedZxid: Zxid;
  /** Last zxid applied to the tree. */
  readonly lastDeliveredZxid: Zxid;
  /** The txns between the two: logged, not known to be committed. They are delivered when this leader is established. */
  readonly tail: readonly TxnBytes[];
}
