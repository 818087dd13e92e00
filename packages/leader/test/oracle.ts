// What must hold in every run (the properties of Zab as "Multi-Grained Specifications", EuroSys 2025, numbers them).

import { type ServerId, type TxnBytes, txnZxid, type Zxid } from '@zebu/protocol';
import { show, showRun } from './notation.ts';

export class Violation extends Error {
  override readonly name = 'Violation';
}

export function check(condition: boolean, message: () => string): asserts condition {
  if (!condition) throw new Violation(message());
}

/** The same txns, not only the same zxids. */
export const isPrefix = (shorter: readonly TxnBytes[], longer: readonly TxnBytes[]): boolean =>
  shorter.length <= longer.length && shorter.every((txn, index) => txn === longer[index]);

export interface HistoryOf {
  readonly sid: ServerId;
  /** On disk, durably. */
  readonly durable: readonly TxnBytes[];
  /** Applied to the tree. */
  readonly tree: readonly TxnBytes[];
}

export class Oracle {
  /** Everything committed by anyone, in order. */
  readonly ledger: TxnBytes[] = [];
  readonly #isQuorum: (servers: readonly ServerId[]) => boolean;
  readonly #voters: () => readonly HistoryOf[];
  readonly #leaders = new Map<number, ServerId>();

  /** Epochs that had an established leader. */
  get establishedCount(): number {
    return this.#leaders.size;
  }

  constructor(isQuorum: (servers: readonly ServerId[]) => boolean, voters: () => readonly HistoryOf[]) {
    this.#isQuorum = isQuorum;
    this.#voters = voters;
  }

  /** I-1: one established leader an epoch. I-8: what was committed is part of the initial history of every later leader. */
  onEstablished(leader: HistoryOf, epoch: number): void {
    const other = this.#leaders.get(epoch);
    check(
      other === undefined || other === leader.sid,
      () => `servers ${other} and ${leader.sid} both lead epoch ${epoch}`,
    );
    this.#leaders.set(epoch, leader.sid);
    check(isPrefix(this.ledger, leader.tree), () => {
      return `server ${leader.sid} leads epoch ${epoch} with ${showRun(leader.tree)}, but ${showRun(this.ledger)} was committed`;
    });
    // What a leader holds when it begins to serve can be read.
    this.onLeaderDelivered(leader);
  }

  /** I-3, I-4: one order for all. No commit before a quorum flushed. */
  onLeaderDelivered(leader: HistoryOf): void {
    const { tree } = leader;
    check(isPrefix(this.ledger, tree) || isPrefix(tree, this.ledger), () => {
      return `server ${leader.sid} delivered ${showRun(tree)}, but ${showRun(this.ledger)} was committed`;
    });
    for (const txn of tree.slice(this.ledger.length)) this.ledger.push(txn);
    const holders = this.#voters().filter((voter) => isPrefix(tree, voter.durable));
    check(this.#isQuorum(holders.map((holder) => holder.sid)), () => {
      return `${showRun(tree)} was committed, but only servers ${holders.map((holder) => holder.sid).join(', ')} hold it durably`;
    });
  }

  /** Only what was committed is delivered. */
  onLearnerDelivered(learner: HistoryOf): void {
    check(isPrefix(learner.tree, this.ledger), () => {
      return `server ${learner.sid} delivered ${showRun(learner.tree)}, but only ${showRun(this.ledger)} was committed`;
    });
  }

  /** A sync that arrived when `ledgerLength` txns were committed is answered only by a tree that holds them. */
  onSyncConfirmed(server: HistoryOf, ledgerLength: number): void {
    const before = this.ledger.slice(0, ledgerLength);
    check(isPrefix(before, server.tree), () => {
      return `sync on server ${server.sid} was answered at ${show(last(server.tree))} after ${show(last(before))} was committed`;
    });
  }
}

/** I-10: of two members of one epoch, one history is a prefix of the other. */
export function checkMembers(
  members: readonly { readonly sid: ServerId; readonly history: readonly TxnBytes[] }[],
): void {
  for (const one of members) {
    for (const other of members) {
      check(isPrefix(one.history, other.history) || isPrefix(other.history, one.history), () => {
        return `servers ${one.sid} and ${other.sid} of one epoch hold ${showRun(one.history)} and ${showRun(other.history)}`;
      });
    }
  }
}

const last = (txns: readonly TxnBytes[]): Zxid => {
  const txn = txns[txns.length - 1];
  return txn === undefined ? (0n as Zxid) : txnZxid(txn);
};
