// What servers say of each other while they elect.

import type { Epoch, ServerId, Zxid } from './identifiers.ts';

export type ServerState = 'LOOKING' | 'FOLLOWING' | 'LEADING' | 'OBSERVING';

/** The server proposed as leader, with the history that speaks for it. FastLeaderElection compares peerEpoch, then zxid, then leader. */
export interface Vote {
  readonly leader: ServerId;
  /** Last logged zxid of the proposed leader. */
  readonly zxid: Zxid;
  /** currentEpoch of the proposed leader. */
  readonly peerEpoch: Epoch;
}
