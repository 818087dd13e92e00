// Discovery: which epoch this leader proposes, and whether a quorum lets it lead (Zab phase 1; Leader.getEpochToPropose and waitForEpochAck).
// Elections are advice; these checks are what protects data.

import type { QuorumVerifier } from '@zebu/interfaces';
import { VoteTally } from '@zebu/quorum';
import { assert, type Epoch, NO_EPOCH, NO_ZXID, type ServerId, type Zxid } from '@zebu/protocol';

export interface History {
  readonly currentEpoch: Epoch;
  readonly lastZxid: Zxid;
}

export class Discovery {
  readonly #self: ServerId;
  readonly #verifier: QuorumVerifier;
  /** As read from disk when leading began. */
  readonly #own: History;
  readonly #announced: VoteTally;
  readonly #acknowledged: VoteTally;
  /** Voters with a history above ours: never counted. */
  readonly #ahead = new Set<ServerId>();
  #highestAcceptedEpoch: Epoch;
  #epoch: Epoch | undefined;

  constructor(self: ServerId, verifier: QuorumVerifier, acceptedEpoch: Epoch, own: History) {
    this.#self = self;
    this.#verifier = verifier;
    this.#own = own;
    this.#highestAcceptedEpoch = acceptedEpoch;
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
    if (acceptedEpoch > this.#highestAcceptedEpoch) this.#highestAcceptedEpoch = acceptedEpoch;
    return this.fixEpoch();
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
    if (history.currentEpoch === NO_EPOCH || history.lastZxid === NO_ZXID) return;
    if (isAbove(history, this.#own)) this.#ahead.add(voter);
    else this.#acknowledged.add(voter);
  }

  /** A quorum that includes this server accepted the epoch. */
  get accepted(): boolean {
    return this.#acknowledged.servers.has(this.#self) && this.#acknowledged.hasAllQuorums();
  }

  /** Too many voters are ahead of us: whoever comes, no quorum can accept this leader. */
  get hopeless(): boolean {
    if (this.#ahead.size === 0) return false;
    const rest = new Set([...this.#verifier.voters].filter((voter) => !this.#ahead.has(voter)));
    return !this.#verifier.containsQuorum(rest);
  }
}

/** Lexicographic: the epoch first, then the zxid. */
function isAbove(other: History, own: History): boolean {
  return (
    other.currentEpoch > own.currentEpoch || (other.currentEpoch === own.currentEpoch && other.lastZxid > own.lastZxid)
  );
}
