// The learner's log as the core knows it: what is delivered to the tree, and what is logged behind that and not known to be committed.

import { assert, firstTxnAfter, formatZxid, type TxnBytes, txnZxid, type Zxid } from '@zebu/protocol';
import { findGap } from './txn-order.ts';

export class History {
  #lastDeliveredZxid: Zxid;
  #pending: TxnBytes[];
  #lastLoggedZxid: Zxid;

  constructor(lastDeliveredZxid: Zxid, tail: readonly TxnBytes[]) {
    const gap = findGap(lastDeliveredZxid, tail);
    assert(gap === undefined, `what is delivered and the tail behind it make up the log: ${gap}`);
    this.#lastDeliveredZxid = lastDeliveredZxid;
    this.#pending = [...tail];
    this.#lastLoggedZxid = tail.length === 0 ? lastDeliveredZxid : txnZxid(tail[tail.length - 1] as TxnBytes);
  }

  get lastDeliveredZxid(): Zxid {
    return this.#lastDeliveredZxid;
  }

  get lastLoggedZxid(): Zxid {
    return this.#lastLoggedZxid;
  }

  /** Logged, not delivered, in zxid order. */
  get pending(): readonly TxnBytes[] {
    return this.#pending;
  }

  /** Txns that follow the log without a gap. */
  append(txns: readonly TxnBytes[]): void {
    for (const txn of txns) this.#pending.push(txn);
    if (txns.length > 0) this.#lastLoggedZxid = txnZxid(txns[txns.length - 1] as TxnBytes);
  }

  /** What is committed up to `zxid` and not delivered yet. */
  deliver(zxid: Zxid): readonly TxnBytes[] {
    if (zxid <= this.#lastDeliveredZxid) return [];
    const count = firstTxnAfter(this.#pending, zxid);
    if (count === 0) return [];
    const delivered = count === this.#pending.length ? this.#pending : this.#pending.slice(0, count);
    this.#pending = count === this.#pending.length ? [] : this.#pending.slice(count);
    this.#lastDeliveredZxid = txnZxid(delivered[delivered.length - 1] as TxnBytes);
    return delivered;
  }

  /** The log was cut back to `zxid`. */
  truncate(zxid: Zxid): void {
    assert(
      zxid <= this.#lastLoggedZxid,
      `a log that ends at ${formatZxid(this.#lastLoggedZxid)} cannot be cut back to ${formatZxid(zxid)}`,
    );
    this.#pending = this.#pending.slice(0, firstTxnAfter(this.#pending, zxid));
    this.#lastLoggedZxid = zxid;
    if (this.#lastDeliveredZxid > zxid) this.#lastDeliveredZxid = zxid;
  }

  /** The history was replaced by a snapshot at `zxid`. */
  replace(zxid: Zxid): void {
    this.#pending = [];
    this.#lastLoggedZxid = zxid;
    this.#lastDeliveredZxid = zxid;
  }
}
