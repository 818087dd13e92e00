// How the last round ended, which is what this server tells others while it follows or leads, and whether those who brought it about stand by it.

import type { Epoch, Notification, ServerId, Vote } from '@zebu/protocol';
import type { VoteTally } from '@zebu/quorum';
import { isBetterVote } from './vote-order.ts';

export class Outcome {
  readonly vote: Vote;
  readonly electionEpoch: bigint;
  /** The voters that elected this server; undefined if it does not lead, is established, or has lost them. */
  #supporters: VoteTally | undefined;

  constructor(vote: Vote, electionEpoch: bigint, supporters?: VoteTally) {
    this.vote = vote;
    this.electionEpoch = electionEpoch;
    this.#supporters = supporters;
  }

  /** From now on the epoch that the leader leads is shown (ZooKeeper's updateElectionVote), and a quorum of learners replaces that of voters. */
  established(epoch: Epoch): Outcome {
    return new Outcome({ ...this.vote, peerEpoch: epoch }, this.electionEpoch);
  }

  /** A server that looks with such a notification no longer wants this outcome: what it said in this round before it agreed was never better. */
  isLeftBehindBy({ vote, electionEpoch }: Notification): boolean {
    return electionEpoch !== this.electionEpoch || isBetterVote(vote, this.vote);
  }

  /** True when it is this loss that leaves less than a quorum. */
  loseSupport(server: ServerId): boolean {
    if (this.#supporters?.servers.has(server) !== true) return false;
    this.#supporters.remove(server);
    if (this.#supporters.hasAllQuorums()) return false;
    this.#supporters = undefined;
    return true;
  }
}
