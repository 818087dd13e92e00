// Which epoch this leader proposes, and whether a quorum lets it lead (Zab phase 1; Leader.getEpochToPropose and waitForEpochAck).
// Elections are advice; these checks are what protects data.

import type { QuorumVerifier } from '@zebu/interfaces';
import { VoteTally } from '@zebu/quorum';
import { assert, type Epoch, epochOf, type ServerId, type Zxid } from '@zebu/protocol';

export interface History {
  readonly currentEpoch: Epoch;
  readonly lastZxid: Zxid;
}

export class EpochTally {
  readonly #self: ServerId;
  readonly #verifier: QuorumVerifier;
  /** As read from disk when leading began. */
  readonly #own: History;
  readonly #announced: VoteTally;
  readonly #acknowledged: VoteTally;
  /** Voters that can never be counted for this epoch: without a history, with one above ours, or with a newer configuration. */
  readonly #lost = new Set<ServerId>();
  /** Voters that had accepted this very epoch before: a higher one would let them be counted. */
  readonly #spent = new Set<ServerId>();
  #highestAcceptedEpoch: Epoch;
  #epoch: Epoch | undefined;

  constructor(self: ServerId, verifier: QuorumVerifier, acceptedEpoch: Epoch, own: History) {
    this.#self = self;
    this.#verifier = verifier;
    this.#own = own;
    // An epoch file can lag behind the log after a restore by hand; a new epoch is above every txn all the same.
    this.#highestAcceptedEpoch = Math.max(acceptedEpoch, own.currentEpoch, epochOf(own.lastZxid)) as Epoch;
    this.#announced = new VoteTally(verifier);
    this.#announced.add(self);
    this.#acknowledged = new VoteTally(verifier);
  }

  /** The epoch of this leader, once a quorum has announced itself. */
  get epoch(): Epoch | undefined {
    return this.#epoch;
  }

  /** A voter announced its acceptedEpoch. True when that completed a quorum and fixed the new epoch. */
  announce(voter: ServerId, acceptedEpoch: Epoch): boolean {
    if (this.#epoch !== undefined) return false;
    this.#announced.add(voter);
    this.hear(acceptedEpoch);
    return this.fixEpoch();
  }

  /** A server that is not counted accepted this epoch: one that is above it can lead it too. */
  hear(acceptedEpoch: Epoch): void {
    if (this.#epoch === undefined && acceptedEpoch > this.#highestAcceptedEpoch)
      this.#highestAcceptedEpoch = acceptedEpoch;
  }

  /** 1 + the highest acceptedEpoch of a quorum that includes this server; true when it became known just now. */
  fixEpoch(): boolean {
    if (this.#epoch !== undefined || !this.#announced.hasAllQuorums()) return false;
    this.#epoch = (this.#highestAcceptedEpoch + 1) as Epoch;
    return true;
  }

  /** Our own acceptedEpoch is durable. */
  acknowledgeSelf(): void {
    this.#acknowledged.add(this.#self);
  }

  /** A voter answered LEADERINFO. Not counted: an epoch of -1 (it had accepted this epoch before), a zxid of -1, a history above ours. */
  acknowledge(voter: ServerId, history: History): void {
    assert(this.#epoch !== undefined, 'ACKEPOCH before an epoch was proposed');
    if (this.#acknowledged.servers.has(voter)) return;
    if (history.lastZxid < 0n || isAbove(history, this.#own)) this.#lost.add(voter);
    else if (history.currentEpoch < 0) this.#spent.add(voter);
    else this.#acknowledged.add(voter);
  }

  /** A voter that this leader must not lead. */
  refuse(voter: ServerId): void {
    if (!this.#acknowledged.servers.has(voter)) this.#lost.add(voter);
  }

  /** A quorum that includes this server accepted the epoch. */
  get accepted(): boolean {
    return this.#acknowledged.servers.has(this.#self) && this.#acknowledged.hasAllQuorums();
  }

  /** Whoever still comes, no quorum can accept this leader and this epoch. */
  get hopeless(): boolean {
    return !this.#couldBeAccepted(this.#verifier.voters);
  }

  /** Those present can accept no leader of this epoch, but could accept one of a higher: trying that beats waiting for others. */
  betterWithNewEpoch(present: Iterable<ServerId>): boolean {
    const servers = [...present];
    return (
      this.#spent.size > 0 &&
      !this.#couldBeAccepted(servers) &&
      this.#verifier.containsQuorum(new Set(servers.filter((server) => !this.#lost.has(server))))
    );
  }

  #couldBeAccepted(servers: Iterable<ServerId>): boolean {
    const countable = [...servers].filter((server) => !this.#lost.has(server) && !this.#spent.has(server));
    return this.#verifier.containsQuorum(new Set([...countable, ...this.#acknowledged.servers]));
  }
}

/** Lexicographic: the epoch first, then the zxid. */
function isAbove(other: History, own: History): boolean {
  return (
    other.currentEpoch > own.currentEpoch || (other.currentEpoch === own.currentEpoch && other.lastZxid > own.lastZxid)
  );
}
