// One server, as its ports show it: its log, what of it is durable, what its tree holds, its epochs and its part in an ensemble.

import { type Epoch, type ServerId, type ServerState, ZERO_ZXID, type Zxid } from '@zebu/protocol';
import type { ZabState } from '@zebu/interfaces';
import type { EpochModel } from './epoch-model.ts';
import type { HistoryNode } from './history-node.ts';

/** What a leader has sent to one learner since LEADERINFO. */
export interface Stream {
  readonly epoch: Epoch;
  /** What the learner had when it sent ACKEPOCH. */
  announced: HistoryNode | undefined;
  /** The history that the learner has once it took everything; undefined before DIFF, TRUNC or SNAP. */
  history: HistoryNode | undefined;
  /** Where the last SNAP began. */
  snapshot: HistoryNode | undefined;
  /** The history when NEWLEADER was sent. */
  beforeNewLeader: HistoryNode | undefined;
}

/** A learner's time with one leader, from FOLLOWERINFO or OBSERVERINFO on. */
export interface Session {
  readonly leader: ServerId;
  readonly observer: boolean;
  /** From LEADERINFO on. */
  stream: Stream | undefined;
  /** What it was given in the epoch before, when that has rolled over: it may be delivered before it reaches the log. */
  given: HistoryNode | undefined;
  receivedNewLeader: boolean;
  sentNewLeaderAck: boolean;
}

/** Leading, from LEADERINFO on. */
export interface Leading {
  readonly epoch: EpochModel;
  /** Its log with what was sent and may not have reached it yet. */
  proposed: HistoryNode;
}

export class ServerModel {
  readonly id: ServerId;
  state: ServerState = 'LOOKING';
  zabState: ZabState = 'ELECTION';
  serving = false;
  /** Everything handed to the log, durable or not. */
  log: HistoryNode;
  /** Invariant: a prefix of `log`. */
  durable: HistoryNode;
  /** What the tree holds. After a restore that may be more than is committed. */
  applied: HistoryNode;
  /** Of an observer that keeps no log, from when it applied something, or ended its role, until it takes up a role that does: what it holds in place of its log. */
  memory: HistoryNode | undefined;
  /** Durable. */
  acceptedEpoch = 0 as Epoch;
  /** Durable. */
  currentEpoch = 0 as Epoch;
  /** What it last wrote currentEpoch for, as long as nobody else changes its history. */
  memberOf: Epoch | undefined = 0 as Epoch;
  /** The highest zxid that a leader told it is committed. */
  knownCommitted: Zxid = ZERO_ZXID;
  leading: Leading | undefined;
  /** The last time that it led, until its disk is fenced: what it proposed then may be logged, and applied, after it left the role. */
  ledBefore: Leading | undefined;
  session: Session | undefined;
  /** Its log when it sent ACKEPOCH, to each: what is under way arrives although the sender has ended. */
  readonly announced = new Map<ServerId, HistoryNode>();
  /** Sent by this server as a leader. */
  readonly streams = new Map<ServerId, Stream>();
  /** A cut that may or may not have happened when the server ends. */
  truncatingTo: Zxid | undefined;
  /** What the tree held when the server ended: a snapshot of it, or of what it held before, may be on the disk and not be told of. */
  appliedBefore: HistoryNode;
  /** Of the newest snapshot that it wrote: it may be ahead of the log, which commits can overtake. */
  snapshot: HistoryNode | undefined;
  /** A snapshot that may or may not have become the history when the server ends. */
  installing: HistoryNode | undefined;
  /** Files were damaged or removed since it was last up: what was durable need not be there. */
  damaged = false;
  /** A damage mark stands, as its disk says: it is to be counted for nothing. */
  marked = false;
  /** A fault damaged its disk once: what of that it finds, it may find much later. */
  wasDamaged = false;
  /** What it held before. */
  durableBeforeDamage: HistoryNode;
  /** False until its disk was read for the first time: it may bring a history along. */
  known = false;
  /** Started, and its disk not read yet. */
  booting = false;

  constructor(id: ServerId, empty: HistoryNode) {
    this.id = id;
    this.log = empty;
    this.durable = empty;
    this.applied = empty;
    this.appliedBefore = empty;
    this.durableBeforeDamage = empty;
  }

  /** What it tells a leader that it has. */
  get held(): HistoryNode {
    return this.memory ?? this.log;
  }
}
