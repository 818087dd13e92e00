// What one read may still take.

import type { TxnBytes } from '@zebu/protocol';

export class ReadBudget {
  readonly txns: TxnBytes[] = [];
  #left: number;

  constructor(maxBytes: number) {
    this.#left = maxBytes;
  }

  /** False when the txn does not fit. The first always does. */
  take(txn: TxnBytes): boolean {
    if (txn.length > this.#left && this.txns.length > 0) return false;
    this.txns.push(txn);
    this.#left -= txn.length;
    return true;
  }
}
