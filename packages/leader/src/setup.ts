// What a leader is given when it begins: whom it works with, its limits, and its state on disk.

import type { FlushToken, Logger } from '@zebu/interfaces';
import type { Membership } from '@zebu/quorum';
import type { Epoch, ServerId, TxnBytes, Zxid } from '@zebu/protocol';
import type { CommittedLog } from './committed-log.ts';

export interface LeaderDependencies {
  readonly self: ServerId;
  /** When leading begins; the leader itself changes it from then on. */
  readonly membership: Membership;
  readonly committedLog: CommittedLog;
  readonly nextFlushToken: () => FlushToken;
  readonly logger: Logger;
}

export interface LeaderOptions {
  readonly tickTimeMs: number;
  /** In ticks. */
  readonly initLimit: number;
  /** In ticks. */
  readonly syncLimit: number;
  /** A learner with more bytes queued than this is cut off. */
  readonly maxQueuedBytes: number;
  /**
   * A configuration that has no version yet gets that of the epoch once a quorum follows, and so counts for more than the file of a server that
   * is about to join (ZOOKEEPER-1783). False where the ensemble never changes.
   */
  readonly reconfigEnabled: boolean;
  /** DIFF from disk is preferred to SNAP up to this share of the tree's size (zookeeper.snapshotSizeFactor). */
  readonly snapshotSizeFactor: number;
  /** Learners are sent snapshots whatever they missed (zookeeper.forceSnapshotSync). */
  readonly forceSnapshotSync?: boolean | undefined;
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
