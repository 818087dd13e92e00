// Broadcast (Zab phase 3): proposals go to the followers, a quorum's acknowledgements commit them, observers are informed. What is committed
// the tally in `Proposals` decides.

import type { FlushToken, LinkId } from '@zebu/interfaces';
import {
  assert,
  type Ensemble,
  epochOf,
  formatZxid,
  type Millis,
  type ServerId,
  type TxnBytes,
  txnZxid,
  type Zxid,
} from '@zebu/protocol';
import type { LeaderRole } from './leader-role.ts';
import type { LearnerHandler } from './learner-handler.ts';
import type { Learners } from './learners.ts';
import type { Reconfiguration } from './reconfiguration.ts';
import type { SyncRounds } from './sync-rounds.ts';

export class Broadcast {
  readonly #role: LeaderRole;
  readonly #learners: Learners;
  readonly #syncRounds: SyncRounds;
  readonly #reconfiguration: Reconfiguration;

  constructor(role: LeaderRole, learners: Learners, syncRounds: SyncRounds, reconfiguration: Reconfiguration) {
    this.#role = role;
    this.#learners = learners;
    this.#syncRounds = syncRounds;
    this.#reconfiguration = reconfiguration;
  }

  propose(txns: readonly TxnBytes[], reconfiguration: Ensemble | undefined, now: Millis): void {
    assert(this.#role.phase === 'broadcast', 'nothing is proposed before a quorum acknowledged NEWLEADER');
    // Whoever leads next decides on what this leader could not commit any more.
    if (txns.length === 0 || this.#role.successor !== undefined) return;
    if (reconfiguration !== undefined) this.#reconfiguration.propose(reconfiguration);
    const token = this.#role.dependencies.nextFlushToken();
    this.#role.proposals.propose(txns, token);
    // Sent before it is written here: the followers' flushes and ours overlap. Our own ACK waits for our flush.
    this.#role.send(this.#expectAcks(this.#role.proposals.lastProposedZxid, now), [{ type: 'PROPOSAL', txns }]);
    this.#role.emit({ type: 'logTxns', txns }, { type: 'flush', token });
    if (reconfiguration !== undefined) this.#reconfiguration.makeWayForPromises();
  }

  onFlushed(token: FlushToken): void {
    const zxid = this.#role.proposals.flushed(token);
    if (zxid !== undefined) this.acknowledge(this.#role.dependencies.self, zxid);
  }

  onAck(handler: LearnerHandler, zxid: Zxid, now: Millis): void {
    // On its way since before the learner was told that the epoch ends; what it holds by then ACKEPOCH says.
    if (handler.owesAckEpoch && epochOf(zxid) === this.#role.establishedEpoch) return;
    const disbelief = this.#reasonToDisbelieve(handler, zxid);
    if (disbelief !== undefined) return this.#learners.drop(handler, disbelief);
    if (zxid <= handler.ackedZxid) return;
    handler.ackedZxid = zxid;
    handler.behindSince = zxid === handler.sentZxid ? undefined : now;
    if (handler.voter && this.#role.phase === 'broadcast') this.acknowledge(handler.sid, zxid);
  }

  /** A voter, or this server, holds everything up to the zxid durably. */
  acknowledge(voter: ServerId, zxid: Zxid): void {
    this.#role.proposals.acknowledge(voter, zxid);
    this.#maybeCommit();
  }

  /** Behind each step: who is in sync may have changed, and with that, where an oracle has a say, what is a quorum. */
  review(): void {
    if (this.#role.phase !== 'broadcast') return;
    this.#role.reviewOracle();
    if (!this.#role.countsAnew) return;
    this.#role.countsAnew = false;
    this.#reconfiguration.recount();
    this.#maybeCommit();
  }

  /** The followers that the proposals up to this zxid go to. */
  #expectAcks(lastZxid: Zxid, now: Millis): LinkId[] {
    const followers: LinkId[] = [];
    for (const handler of this.#role.handlers.values()) {
      if (!handler.forwarding || !handler.voter) continue;
      handler.sentZxid = lastZxid;
      handler.behindSince ??= now;
      followers.push(handler.link);
    }
    return followers;
  }

  #reasonToDisbelieve(handler: LearnerHandler, zxid: Zxid): string | undefined {
    if (!handler.acknowledgedNewLeader) return 'acknowledged a proposal before NEWLEADER';
    if (epochOf(zxid) !== this.#role.epoch) return `acknowledged ${formatZxid(zxid)}, of another epoch`;
    return zxid > handler.sentZxid ? `acknowledged ${formatZxid(zxid)}, which it was never sent` : undefined;
  }

  #maybeCommit(): void {
    const committed = this.#role.successor === undefined ? this.#role.proposals.commit() : [];
    if (committed.length === 0) return;
    const zxid = txnZxid(committed[committed.length - 1] as TxnBytes);
    const designatedLeader = this.#reconfiguration.commit(zxid);
    this.#tellCommitted(committed, zxid, designatedLeader);
    this.#role.emit({ type: 'deliver', txns: committed });
    if (designatedLeader !== undefined) this.#reconfiguration.activate(zxid);
    this.#syncRounds.answerSyncs();
    // What waited for the old configuration too may be acknowledged by a quorum of the new one.
    if (designatedLeader !== undefined) this.#maybeCommit();
  }

  #tellCommitted(txns: readonly TxnBytes[], zxid: Zxid, designatedLeader: ServerId | undefined): void {
    const followers: LinkId[] = [];
    const observers: LinkId[] = [];
    for (const handler of this.#role.handlers.values()) {
      if (!handler.forwarding) continue;
      (handler.voter ? followers : observers).push(handler.link);
      // A former voter holds more than it is told of.
      if (!handler.voter && zxid > handler.sentZxid) handler.sentZxid = zxid;
    }
    if (designatedLeader === undefined) {
      this.#role.send(followers, [{ type: 'COMMIT', zxid }]);
      this.#role.send(observers, [{ type: 'INFORM', txns }]);
    } else {
      this.#role.send(followers, [{ type: 'COMMITANDACTIVATE', zxid, designatedLeader }]);
      this.#role.send(observers, [{ type: 'INFORMANDACTIVATE', txns, designatedLeader }]);
    }
  }
}
