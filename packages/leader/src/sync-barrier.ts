// `sync` as a quorum operation: answered once a quorum confirmed, after the sync arrived, that this server still leads.
// ZooKeeper answers without asking anyone (ZOOKEEPER-1675, ZOOKEEPER-3600). One round serves all syncs that wait for it.

import type { LinkId, QuorumVerifier } from '@zebu/interfaces';
import type { ServerId, Zxid } from '@zebu/protocol';

export interface WaitingSync {
  /** The learner that asked; undefined for a client of the leader itself. */
  readonly link: LinkId | undefined;
  readonly syncId: number;
}

interface Waiting extends WaitingSync {
  /** A round begun after the sync arrived. */
  readonly round: number;
  /** A commit above this was acknowledged after the sync arrived. */
  readonly proposedZxid: Zxid;
}

export class SyncBarrier {
  readonly #self: ServerId;
  #verifier: QuorumVerifier;
  #waiting: Waiting[] = [];
  #round = 0;
  #confirmedRound = 0;
  /** The newest round was put to voters of now, and their answers are awaited. */
  #inFlight = false;
  readonly #answers = new Map<ServerId, number>();

  constructor(self: ServerId, verifier: QuorumVerifier) {
    this.#self = self;
    this.#verifier = verifier;
  }

  get waitingCount(): number {
    return this.#waiting.length;
  }

  /** A new PING round begins. */
  beginRound(): number {
    this.#round++;
    this.#inFlight = true;
    this.#answers.set(this.#self, this.#round);
    return this.#round;
  }

  add(sync: WaitingSync, proposedZxid: Zxid): void {
    this.#waiting.push({ ...sync, round: this.#round + 1, proposedZxid });
  }

  /** The voters are others than those that the newest round was put to: it may never be confirmed. */
  votersChanged(): void {
    this.#inFlight = false;
  }

  /** Other quorums confirm from now on, of voters that the newest round may not have been put to. */
  countWith(verifier: QuorumVerifier): void {
    this.#verifier = verifier;
    this.votersChanged();
  }

  /** A voter answered a round. */
  answered(voter: ServerId, round: number): void {
    if (round > this.#round || round <= (this.#answers.get(voter) ?? 0)) return;
    this.#answers.set(voter, round);
  }

  forget(server: ServerId, link: LinkId): void {
    this.#answers.delete(server);
    this.#waiting = this.#waiting.filter((sync) => sync.link !== link);
  }

  /** Those that may be answered now, in arrival order. */
  takeConfirmed(committedZxid: Zxid): WaitingSync[] {
    this.#confirmRounds();
    if (this.#waiting.length === 0) return [];
    const confirmed = this.#waiting.filter((sync) => this.#isConfirmed(sync, committedZxid));
    if (confirmed.length > 0) this.#waiting = this.#waiting.filter((sync) => !this.#isConfirmed(sync, committedZxid));
    return confirmed;
  }

  /** True when syncs wait and no round is in flight: one must begin. While one is, those that arrive gather for the next. */
  get needsRound(): boolean {
    return !this.#inFlight && this.#waiting.length > 0;
  }

  #isConfirmed(sync: Waiting, committedZxid: Zxid): boolean {
    return sync.round <= this.#confirmedRound || committedZxid > sync.proposedZxid;
  }

  #confirmRounds(): void {
    const answers = [...new Set(this.#answers.values())].sort((left, right) => right - left);
    for (const round of answers) {
      if (round <= this.#confirmedRound) return;
      const supporters = new Set<ServerId>();
      for (const [server, answered] of this.#answers) if (answered >= round) supporters.add(server);
      if (this.#verifier.containsQuorum(supporters)) {
        this.#confirmedRound = round;
        if (round === this.#round) this.#inFlight = false;
        return;
      }
    }
  }
}
