// Whether this server stands for election where it has a weight only by the reconfig that ends its log. It stands back at first: servers that have not
// logged that reconfig would not vote for it. But what it logged behind the reconfig may be what keeps everybody else from leading. So when a
// leader comes to nothing, or there is none for long, and no voter of the configuration in force says that it holds as much, it takes its turn
// (docs/decisions/0005-the-log-knows-the-ensemble.md).

import type { QuorumVerifier, Random } from '@zebu/interfaces';
import type { Millis, Notification, ServerId, Vote } from '@zebu/protocol';
import { type Membership, withoutCandidate } from '@zebu/quorum';

export class Candidacy {
  readonly #self: ServerId;
  readonly #random: Random;
  readonly #turnMs: Millis;
  #takesTurn = false;
  #turnEndsAt: Millis | undefined;
  /** This server's history, for as long as it looks. */
  #own: Vote | undefined;
  /** A quorum followed the leader of the role that there is, or was last. */
  #wasEstablished = false;
  /** A voter of the configuration in force holds as much as this server, by what was heard since it last began to look. */
  #isMatched = false;

  /** A turn, or the time until the next, is as long as `turnMs`, or up to twice that: of several servers each is to have its time alone. */
  constructor(self: ServerId, turnMs: Millis, random: Random) {
    this.#self = self;
    this.#random = random;
    this.#turnMs = turnMs;
  }

  /** What an election counts with here. */
  verifierFor(membership: Membership, electing: QuorumVerifier): QuorumVerifier {
    return this.#isInQuestion(membership) && !this.#takesTurn ? withoutCandidate(electing, this.#self) : electing;
  }

  onLooking(own: Vote, membership: Membership, now: Millis): void {
    this.#own = own;
    this.#isMatched = false;
    this.#turnEndsAt = this.#isInQuestion(membership)
      ? now + this.#turnMs + this.#random.below(this.#turnMs)
      : undefined;
  }

  onNotification({ state, vote }: Notification, { inForceVerifier }: Membership): void {
    const own = this.#own;
    if (own === undefined || state !== 'LOOKING' || inForceVerifier.weightOf(vote.leader) === 0) return;
    const isBehind = vote.peerEpoch === own.peerEpoch ? vote.zxid < own.zxid : vote.peerEpoch < own.peerEpoch;
    if (!isBehind) this.#isMatched = true;
  }

  onRole(): void {
    this.#own = undefined;
    this.#turnEndsAt = undefined;
    this.#wasEstablished = false;
  }

  onEstablished(): void {
    this.#wasEstablished = true;
  }

  onRoleEnded(): void {
    this.#takesTurn = !this.#wasEstablished && !this.#takesTurn && !this.#isMatched;
  }

  maybeTakeTurns(now: Millis): void {
    if (this.#turnEndsAt === undefined || now < this.#turnEndsAt) return;
    this.#takesTurn = !this.#takesTurn && !this.#isMatched;
    this.#turnEndsAt = undefined;
  }

  /** When the turn, or the time to stand back, is over. */
  nextWakeup(): Millis | undefined {
    return this.#turnEndsAt;
  }

  #isInQuestion({ pending, inForceVerifier }: Membership): boolean {
    return pending !== undefined && inForceVerifier.weightOf(this.#self) === 0;
  }
}
