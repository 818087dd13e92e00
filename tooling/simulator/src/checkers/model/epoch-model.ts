// An epoch as its leader made it: the history that it began with, what was broadcast in it, and who acknowledged what.

import type { Epoch, ServerId, Zxid } from '@zebu/protocol';
import type { HistoryNode, Txn } from './history-node.ts';

export class EpochModel {
  readonly epoch: Epoch;
  readonly leader: ServerId;
  /** Of the leader, when it first sent NEWLEADER; undefined before. */
  initialHistory: HistoryNode | undefined;
  /** A quorum acknowledged NEWLEADER. */
  established = false;
  lastBroadcast: Txn | undefined;
  /** What the leader had applied when it broadcast its first txn. */
  appliedBeforeBroadcast: HistoryNode | undefined;
  /** Whose ACK of NEWLEADER the leader received. */
  readonly newLeaderAcks = new Set<ServerId>();
  /** The highest zxid that each learner acknowledged; an ACK of NEWLEADER speaks of all that was sent before it. */
  readonly acks = new Map<ServerId, Zxid>();

  constructor(epoch: Epoch, leader: ServerId) {
    this.epoch = epoch;
    this.leader = leader;
  }
}
