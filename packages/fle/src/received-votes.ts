// The last word of each server: ZooKeeper's recvset and outofelection are two of these.

import type { QuorumVerifier } from '@zebu/interfaces';
import type { ServerId } from '@zebu/protocol';
import { VoteTally } from '@zebu/quorum';
import { agrees, isBetterVote, type ReceivedVote } from './vote-order.ts';

export class ReceivedVotes {
  readonly #votes = new Map<ServerId, ReceivedVote>();

  get(server: ServerId): ReceivedVote | undefined {
    return this.#votes.get(server);
  }

  has(server: ServerId): boolean {
    return this.#votes.has(server);
  }

  /** Within one round a looking server only ever changes to a better vote, so a worse one of it arrived late and is not its last word. */
  record(server: ServerId, received: ReceivedVote): void {
    const known = this.#votes.get(server);
    const late = known?.state === 'LOOKING' && received.state === 'LOOKING' && isBetterVote(known.vote, received.vote);
    if (!late) this.#votes.set(server, received);
  }

  delete(server: ServerId): void {
    this.#votes.delete(server);
  }

  clear(): void {
    this.#votes.clear();
  }

  /** The voters that agree with `wanted` (ZooKeeper's getVoteTracker). */
  tally(verifier: QuorumVerifier, wanted: ReceivedVote): VoteTally {
    const tally = new VoteTally(verifier);
    for (const [server, received] of this.#votes) if (agrees(wanted, received)) tally.add(server);
    return tally;
  }
}
