// What a learner is given when it begins: whom it works with, its limits, and its state on disk.

import type { FlushToken, Logger, QuorumPort } from '@zebu/interfaces';
import type { Epoch, Millis, ServerId, TxnBytes, Zxid } from '@zebu/protocol';

/** Where a learner learns: at its leader, or, for an observer, at a follower that serves observers. */
export interface LearnerMasterAddress {
  readonly server: ServerId;
  readonly port: QuorumPort;
  /** Before it is dialled, so that a fleet does not come all at once. */
  readonly delayMs: Millis;
}

export interface LearnerDependencies {
  readonly self: ServerId;
  readonly leader: ServerId;
  /** Whom to dial; asked anew for each try. Undefined: the leader. */
  readonly nextMaster?: ((now: Millis) => LearnerMasterAddress) | undefined;
  readonly nextFlushToken: () => FlushToken;
  readonly logger: Logger;
}

export interface LearnerOptions {
  /** A participant follows and is counted; an observer only learns what was committed. */
  readonly role: 'follower' | 'observer';
  /** In the ensemble as this server knows it; one that is in no configuration follows without a vote. */
  readonly votes: boolean;
  readonly tickTimeMs: number;
  /** In ticks. */
  readonly initLimit: number;
  /** In ticks. */
  readonly syncLimit: number;
  /** Ticks in which a server must be connected, all tries together (connectToLearnerMasterLimit); undefined: initLimit. */
  readonly connectLimit?: number | undefined;
  /** Between two tries (leaderConnectDelayDuringRetryMs); undefined: a short time that grows. */
  readonly retryDelayMs?: Millis | undefined;
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
  /** A part of the history was lost (DamageMark): everything is taken from the leader, and nothing that is said to it counts. */
  readonly damaged: boolean;
}
