// What is measured of one ensemble: how long writes and elections take, and what the leader has to send.

import type { Millis } from '@zebu/protocol';

export interface EnsembleShape {
  readonly voterCount: number;
  readonly observerCount: number;
  /** Where the observers learn; the leader untold. */
  readonly observersAt?: 'leader' | 'followers';
  /** One way, between any two servers. */
  readonly linkDelayMs: Millis;
}

export interface Measurement {
  readonly shape: EnsembleShape;
  /** Median, of one write after another, by a client beside the leader. */
  readonly commitMs: Millis;
  /** Of a client beside a follower. */
  readonly followerCommitMs: Millis;
  /** Median, from the power failure of the leader to the first acknowledged write of a client beside a survivor. */
  readonly electionMs: Millis;
  /** Packets that the leader sends for one write alone. */
  readonly messagesPerCommit: number;
  readonly bytesPerCommit: number;
  /** The same with a hundred writes under way: runs of txns share packets. */
  readonly busyMessagesPerCommit: number;
  readonly busyBytesPerCommit: number;
  /** Packets a second that a leader sends, and gets, when nobody writes. */
  readonly idleMessagesPerSecond: number;
}
