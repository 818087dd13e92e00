// Ordering without a quorum: a txn is committed when it is flushed. Standalone is the same pipeline otherwise.

import {
  assert,
  type Epoch,
  epochOf,
  MAX_COUNTER,
  makeZxid,
  type TxnBytes,
  counterOf,
  txnZxid,
  type Zxid,
} from '@zebu/protocol';
import type { FlushToken } from './messages.ts';

export class StandaloneBroadcast {
  #lastProposedZxid: Zxid;
  #pending: { readonly token: FlushToken; readonly txns: readonly TxnBytes[] }[] = [];

  constructor(lastZxid: Zxid) {
    this.#lastProposedZxid = lastZxid;
  }

  /** Without an election, a used-up counter simply begins the next epoch. */
  static successor(zxid: Zxid): Zxid {
    const epoch = epochOf(zxid);
    const counter = counterOf(zxid);
    return counter === MAX_COUNTER ? makeZxid((epoch + 1) as Epoch, 1) : makeZxid(epoch, counter + 1);
  }

  get lastProposedZxid(): Zxid {
    return this.#lastProposedZxid;
  }

  nextZxid(): Zxid {
    return StandaloneBroadcast.successor(this.#lastProposedZxid);
  }

  propose(txns: readonly TxnBytes[], token: FlushToken): void {
    assert(txnZxid(txns[0] as TxnBytes) === this.nextZxid(), 'proposals are made in zxid order');
    this.#lastProposedZxid = txnZxid(txns[txns.length - 1] as TxnBytes);
    this.#pending.push({ token, txns });
  }

  /** What is flushed and therefore committed. */
  flushed(token: FlushToken): TxnBytes[] {
    const committed: TxnBytes[] = [];
    let count = 0;
    for (const { token: needed, txns } of this.#pending) {
      if (needed > token) break;
      for (const txn of txns) committed.push(txn);
      count++;
    }
    if (count > 0) this.#pending.splice(0, count);
    return committed;
  }
}
