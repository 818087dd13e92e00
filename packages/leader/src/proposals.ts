// Proposals in zxid order, cumulative acknowledgements, commits (Zab phase 3; Leader.propose, tryToCommit).

import type { FlushToken, QuorumVerifier } from '@zebu/interfaces';
import { AckTally, VoteTally } from '@zebu/quorum';
import {
  assert,
  counterOf,
  type Epoch,
  epochOf,
  firstTxnAfter,
  MAX_COUNTER,
  makeZxid,
  NO_ZXID,
  type ServerId,
  type TxnBytes,
  txnCounter,
  txnEpoch,
  txnZxid,
  type Zxid,
} from '@zebu/protocol';
import type { CommittedLog } from './committed-log.ts';

interface PendingFlush {
  readonly token: FlushToken;
  readonly zxid: Zxid;
}

export class Proposals {
  readonly #self: ServerId;
  readonly #committedLog: CommittedLog;
  readonly #lastCounter: number;
  #newLeaderAcks: VoteTally;
  #tally: AckTally;
  /** Up to where this server itself holds what it proposed, flushed; not above the NEWLEADER of its epoch before that. */
  #ownZxid: Zxid = NO_ZXID;
  /** Proposed, not committed; at first the tail that an earlier leader left. */
  #outstanding: TxnBytes[];
  #epoch: Epoch | undefined;
  #lastProposedZxid: Zxid;
  #lastCommittedZxid: Zxid;
  /** Invariant: both fields grow along the list. */
  #flushes: PendingFlush[] = [];

  constructor(
    self: ServerId,
    verifier: QuorumVerifier,
    committedLog: CommittedLog,
    history: { readonly lastLoggedZxid: Zxid; readonly lastDeliveredZxid: Zxid; readonly tail: readonly TxnBytes[] },
    lastCounter: number = MAX_COUNTER,
  ) {
    this.#self = self;
    this.#lastCounter = lastCounter;
    this.#committedLog = committedLog;
    this.#newLeaderAcks = new VoteTally(verifier);
    this.#tally = new AckTally(verifier);
    this.#outstanding = [...history.tail];
    this.#lastProposedZxid = history.lastLoggedZxid;
    this.#lastCommittedZxid = history.lastDeliveredZxid;
    // A hole in either would be handed to every learner that is synced from here (ZOOKEEPER-4925).
    assert(committedLog.end === history.lastDeliveredZxid, 'the window of committed txns ends with what is applied');
    assert(continues(history.lastDeliveredZxid, history.tail), 'what is applied and the tail behind it leave no gap');
    const last = history.tail[history.tail.length - 1];
    const end = last === undefined ? history.lastDeliveredZxid : txnZxid(last);
    const mayBeVotedFor = history.lastLoggedZxid !== NO_ZXID;
    assert(end === history.lastLoggedZxid || !mayBeVotedFor, 'what is applied and the tail behind it make up the log');
  }

  /** Last txn of the log, committed or not. */
  get lastProposedZxid(): Zxid {
    return this.#lastProposedZxid;
  }

  /** Last txn delivered. */
  get lastCommittedZxid(): Zxid {
    return this.#lastCommittedZxid;
  }

  /** A quorum acknowledged NEWLEADER of this leader's epoch. */
  get established(): boolean {
    return this.#epoch !== undefined;
  }

  get outstanding(): readonly TxnBytes[] {
    return this.#outstanding;
  }

  /** Zxids that the epoch still has. */
  get remainingCount(): number {
    return this.#lastCounter - this.#proposedCounter;
  }

  get #proposedCounter(): number {
    return this.#epoch === undefined ? 0 : counterOf(this.#nextBase());
  }

  nextZxid(): Zxid | undefined {
    assert(this.#epoch !== undefined, 'zxids are given once the leader is established');
    const counter = this.#proposedCounter;
    return counter >= this.#lastCounter ? undefined : makeZxid(this.#epoch, counter + 1);
  }

  /** The server holds the initial history and this epoch durably. */
  acknowledgeNewLeader(server: ServerId): void {
    this.#newLeaderAcks.add(server);
  }

  get newLeaderQuorum(): boolean {
    return this.#newLeaderAcks.hasAllQuorums();
  }

  /** A quorum acknowledged NEWLEADER: the initial history is committed. Returns what of it is still to be delivered. */
  establish(epoch: Epoch): readonly TxnBytes[] {
    this.#epoch = epoch;
    return this.#commitUpTo(this.#lastProposedZxid);
  }

  /** Everything of the epoch is committed: the leader asks for a new one. */
  beginEpochAnew(verifier: QuorumVerifier): void {
    assert(this.#outstanding.length === 0, 'an epoch ends with everything that was proposed in it committed');
    this.#epoch = undefined;
    this.#newLeaderAcks = new VoteTally(verifier);
    this.#tally = new AckTally(verifier);
  }

  propose(txns: readonly TxnBytes[], token: FlushToken): void {
    const first = txns[0] as TxnBytes;
    const next = this.nextZxid();
    assert(next !== undefined && txnZxid(first) === next, 'proposals are made in zxid order');
    assert(txnEpoch(first) === this.#epoch, 'a leader proposes in its own epoch only');
    const last = txns[txns.length - 1] as TxnBytes;
    assert(txnCounter(last) === txnCounter(first) + txns.length - 1, 'proposals leave no gap');
    for (const txn of txns) this.#outstanding.push(txn);
    this.#lastProposedZxid = txnZxid(last);
    this.#flushes.push({ token, zxid: this.#lastProposedZxid });
  }

  /** The zxid up to which proposals of this epoch are flushed here, if that moved. */
  flushed(token: FlushToken): Zxid | undefined {
    let zxid: Zxid | undefined;
    let count = 0;
    while (count < this.#flushes.length && (this.#flushes[count] as PendingFlush).token <= token) {
      zxid = (this.#flushes[count] as PendingFlush).zxid;
      count++;
    }
    if (count > 0) this.#flushes.splice(0, count);
    return zxid;
  }

  acknowledge(server: ServerId, zxid: Zxid): void {
    if (server === this.#self && zxid > this.#ownZxid) this.#ownZxid = zxid;
    this.#tally.acknowledge(server, zxid);
  }

  /** From now on other quorums decide; what the learners and this server acknowledged so far is counted anew. */
  countWith(
    verifier: QuorumVerifier,
    learners: Iterable<{ readonly sid: ServerId; readonly voter: boolean; readonly ackedZxid: Zxid }>,
  ): void {
    this.#tally = new AckTally(verifier);
    this.#tally.acknowledge(this.#self, this.#ownZxid);
    for (const { sid, voter, ackedZxid } of learners) if (voter) this.#tally.acknowledge(sid, ackedZxid);
  }

  /** The link to it broke: its acknowledgements count again once it is synced anew. */
  forget(server: ServerId): void {
    this.#tally.remove(server);
  }

  /** Newly committed txns, in order; only once established. */
  commit(): readonly TxnBytes[] {
    if (this.#epoch === undefined) return [];
    const zxid = this.#tally.quorumZxid();
    if (zxid <= this.#lastCommittedZxid) return [];
    assert(zxid <= this.#lastProposedZxid, 'nobody acknowledges what was not proposed');
    return this.#commitUpTo(zxid);
  }

  /** Everything of the history above `zxid` that memory holds: committed and outstanding. `zxid` is not below the window's base. */
  after(zxid: Zxid): TxnBytes[] {
    const committed = this.#committedLog.after(zxid);
    const first = firstTxnAfter(this.#outstanding, zxid);
    for (let index = first; index < this.#outstanding.length; index++)
      committed.push(this.#outstanding[index] as TxnBytes);
    return committed;
  }

  /** The greatest zxid of the history, as far as memory holds it, that is at most `zxid`. */
  floor(zxid: Zxid): Zxid {
    const index = firstTxnAfter(this.#outstanding, zxid);
    return index > 0 ? txnZxid(this.#outstanding[index - 1] as TxnBytes) : this.#committedLog.floor(zxid);
  }

  #nextBase(): Zxid {
    const start = makeZxid(this.#epoch as Epoch, 0);
    return this.#lastProposedZxid > start ? this.#lastProposedZxid : start;
  }

  #commitUpTo(zxid: Zxid): readonly TxnBytes[] {
    const count = firstTxnAfter(this.#outstanding, zxid);
    const committed = count === this.#outstanding.length ? this.#outstanding : this.#outstanding.slice(0, count);
    this.#outstanding = count === this.#outstanding.length ? [] : this.#outstanding.slice(count);
    this.#committedLog.add(committed);
    this.#lastCommittedZxid = zxid;
    return committed;
  }
}

/** Zxids of one epoch are consecutive and begin with counter 1. */
function continues(last: Zxid, txns: readonly TxnBytes[]): boolean {
  let previous = last;
  for (const txn of txns) {
    const zxid = txnZxid(txn);
    if (zxid !== previous + 1n && !(epochOf(zxid) > epochOf(previous) && counterOf(zxid) === 1)) return false;
    previous = zxid;
  }
  return true;
}
