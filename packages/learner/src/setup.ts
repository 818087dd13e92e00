// What a learner is given when it begins: whom it works with, its limits, and its state on disk.

import type { FlushToken, Logger } from '@zebu/interfaces';
import type { Epoch, ServerId, TxnBytes, Zxid } from '@zebu/protocol';

export interface LearnerDependencies {
  readonly self: ServerId;
  readonly leader: ServerId;
  readonly nextFlushToken: () => FlushToken;
  readonly logger: Logger;
}

export interface LearnerOptions {
  /** A participant follows and is counted; an observer only learns what was committed. */
  readonly role: 'follower' | 'observer';
  readonly tickTimeMs: number;
  /** In ticks. */
  readonly initLimit: number;
  /** In ticks. */
  readonly syncLimit: number;
  readonly configVersion: bigint;
}

/** This server's state when it begins to follow, as read from disk after its pending writes were fenced. */
export interface LearnerState {
  readonly acceptedEpoch: Epoch;
  readonly currentEpoch: Epoch;
  readonly lastDeliveredZxid: Zxid;
  /** Logged behind lastDeliveredZxid, not known to be committed. */
  readonly tail: readonly TxnBytes[];
  /** False when the data directory must not be voted with (db.autocreate=false): its last zxid is said to be -1. */
  readonly hasHistory: boolean;
}
