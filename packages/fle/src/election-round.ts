// One call of ZooKeeper's lookForLeader: this server's proposal, the votes it has received, and whether they are enough. It decides nothing
// about time or messages; fast-leader-election.ts does.

import type { QuorumVerifier } from '@zebu/interfaces';
import { type Millis, NO_EPOCH, NO_ZXID, type ServerId, type Vote } from '@zebu/protocol';
import type { VoteTally } from '@zebu/quorum';
import { ReceivedVotes } from './received-votes.ts';
import { isBetterVote, type ReceivedVote } from './vote-order.ts';

/** A round is a counter of elections; one beyond this was not counted but made up, and would leave no room to count on. */
const MAX_ELECTION_EPOCH = 2n ** 62n;

const isPossibleRound = (electionEpoch: bigint): boolean => electionEpoch >= 0n && electionEpoch <= MAX_ELECTION_EPOCH;

export class ElectionRound {
  /** Votes of the present round (recvset), this server's own among them. */
  readonly received = new ReceivedVotes();
  /** What servers that follow or lead said, of whatever round (outofelection). */
  readonly established = new ReceivedVotes();
  /** Voters that look without a history to vote with (zxid -1): nothing is to be awaited of them. */
  readonly abstaining = new Set<ServerId>();
  /** False for an observer, and for a voter whose zxid is -1: it only listens for an ensemble that is there already. */
  readonly votes: boolean;
  /** It has no vote that it knows of, but a history: who asks for its vote knows of a configuration that gives it one. */
  readonly lends: boolean;
  /** Servers that were told the vote that it lends. */
  readonly #lentTo = new Set<ServerId>();
  /** When the quorum that agrees now is final; undefined while there is none. */
  finalizeAt: Millis | undefined;
  notifyAt: Millis = 0;
  notificationIntervalMs: Millis;

  readonly #self: ServerId;
  readonly #verifier: QuorumVerifier;
  /** This server's vote for itself; undefined if it may not lead. */
  readonly #initialVote: Vote | undefined;
  #electionEpoch: bigint;
  /** Invariant: a voter with a weight proposes at least itself; nobody ever proposes a server without a weight or with zxid -1. */
  #proposal: Vote | undefined;

  constructor(parameters: {
    readonly self: ServerId;
    readonly verifier: QuorumVerifier;
    readonly vote: Vote;
    readonly electionEpoch: bigint;
    readonly notificationIntervalMs: Millis;
  }) {
    const { self, verifier, vote } = parameters;
    this.#self = self;
    this.#verifier = verifier;
    this.votes = verifier.voters.has(self) && vote.zxid !== NO_ZXID;
    this.lends = !verifier.voters.has(self) && vote.zxid !== NO_ZXID;
    this.#initialVote = this.votes && this.mayLead(self) ? { ...vote, leader: self } : undefined;
    this.#electionEpoch = parameters.electionEpoch;
    this.notificationIntervalMs = parameters.notificationIntervalMs;
    if (this.#initialVote !== undefined) this.propose(this.#initialVote);
  }

  get electionEpoch(): bigint {
    return this.#electionEpoch;
  }

  /** The proposal, or a vote that nobody counts. */
  get vote(): Vote {
    return this.#proposal ?? { leader: this.#self, zxid: NO_ZXID, peerEpoch: NO_EPOCH };
  }

  /** A server without a weight, be it no voter or one that counts nothing, never leads (ZooKeeper's totalOrderPredicate). */
  mayLead(server: ServerId): boolean {
    return this.#verifier.weightOf(server) > 0;
  }

  /** Whatever state the sender is in, its vote must be for a server that may lead, with a history. */
  mayCount({ vote, electionEpoch }: ReceivedVote): boolean {
    return this.mayLead(vote.leader) && vote.zxid !== NO_ZXID && isPossibleRound(electionEpoch);
  }

  /** Takes over a better vote, to lend it to the server that asks. False when there is nothing new to tell that server. */
  lend(to: ServerId, { vote, electionEpoch }: ReceivedVote): boolean {
    if (!this.lends || vote.zxid === NO_ZXID || !isPossibleRound(electionEpoch)) return false;
    if (electionEpoch > this.#electionEpoch) this.advanceTo(electionEpoch, vote);
    else if (electionEpoch === this.#electionEpoch && this.improves(vote)) this.propose(vote);
    const proposal = this.#proposal;
    // One that asks in an earlier round is to come to this one.
    if (proposal === undefined) return electionEpoch < this.#electionEpoch;
    const knows = this.#lentTo.has(to) && electionEpoch === this.#electionEpoch && !isBetterVote(proposal, vote);
    this.#lentTo.add(to);
    return !knows;
  }

  propose(vote: Vote): void {
    this.#proposal = vote;
    this.finalizeAt = undefined;
    this.received.record(this.#self, { vote, electionEpoch: this.#electionEpoch, state: 'LOOKING' });
  }

  /**
   * Another server is in a later round: votes of that one alone count now, and this server begins again with the better of the other's vote and its own.
   * The other may have nobody to vote for yet: it is joined because it gives its vote in no earlier round, and there may be no quorum without it.
   */
  advanceTo(electionEpoch: bigint, vote?: Vote): void {
    const own = this.#initialVote;
    this.#electionEpoch = electionEpoch;
    this.#proposal = undefined;
    this.finalizeAt = undefined;
    this.received.clear();
    const best = vote === undefined || (own !== undefined && !isBetterVote(vote, own)) ? own : vote;
    if (best !== undefined) this.propose(best);
  }

  isEarlierThan(electionEpoch: bigint): boolean {
    return electionEpoch > this.#electionEpoch && isPossibleRound(electionEpoch);
  }

  isFor(candidate: ServerId): boolean {
    return this.#proposal?.leader === candidate;
  }

  improves(vote: Vote): boolean {
    return this.#proposal === undefined || isBetterVote(vote, this.#proposal);
  }

  /** Those that vote as this server does, if they are a quorum. */
  supporters(): VoteTally | undefined {
    const tally = this.#proposal && this.received.tally(this.#verifier, this.#ownWord(this.#proposal));
    return tally?.hasAllQuorums() === true ? tally : undefined;
  }

  /**
   * True when no better vote can come: the proposed leader itself, and every voter that may lead and is not known to be unreachable, has voted
   * for the proposal. See docs/decisions/0004-an-election-that-is-settled-does-not-wait.md.
   */
  isSettled(unreachable: ReadonlySet<ServerId>): boolean {
    const proposal = this.#proposal;
    if (proposal === undefined || !this.#agreesWith(proposal, proposal.leader)) return false;
    for (const voter of this.#verifier.voters) {
      if (!this.mayLead(voter) || this.abstaining.has(voter) || unreachable.has(voter)) continue;
      if (!this.#agreesWith(proposal, voter)) return false;
    }
    return true;
  }

  /** A server that follows or leads spoke. The supporters of its leader, when they and that leader suffice to join (ZooKeeper's checkLeader). */
  supportersOfEstablished(from: ServerId, received: ReceivedVote): VoteTally | undefined {
    const sets = [this.established];
    // Votes of this round and words of those who have already left it are counted together (ZOOKEEPER-3537).
    if (this.votes && received.electionEpoch === this.#electionEpoch) sets.unshift(this.received);
    for (const set of sets) set.record(from, received);
    return sets
      .filter((set) => this.#leads(received, set))
      .map((set) => set.tally(this.#verifier, received))
      .find((tally) => tally.hasAllQuorums());
  }

  /** Its link broke or it looks again: what it said of a leader is void, or a crashed leader would be elected over and over. */
  forget(server: ServerId): void {
    this.received.delete(server);
    this.established.delete(server);
    this.abstaining.delete(server);
  }

  /** The leader itself must say that it leads; of this server others may say so, but only in its present round (ZOOKEEPER-1514). */
  #leads({ vote, electionEpoch }: ReceivedVote, words: ReceivedVotes): boolean {
    if (vote.leader === this.#self) return this.#initialVote !== undefined && electionEpoch === this.#electionEpoch;
    return words.get(vote.leader)?.state === 'LEADING';
  }

  #agreesWith(proposal: Vote, server: ServerId): boolean {
    const received = this.received.get(server);
    if (received === undefined) return false;
    const { vote } = received;
    return vote.leader === proposal.leader && vote.zxid === proposal.zxid && vote.peerEpoch === proposal.peerEpoch;
  }

  #ownWord(vote: Vote): ReceivedVote {
    return { vote, electionEpoch: this.#electionEpoch, state: 'LOOKING' };
  }
}
