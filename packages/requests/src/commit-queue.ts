// Committed txns that are not applied yet, and the syncs that were confirmed behind them, in order. A run of txns may be long, and one of them may
// end thousands of znodes and be watched by thousands: what a step applies is bounded by the work, and the rest follows in the next ones.

import { OpCode, type TxnBytes } from '@zebu/protocol';

/** Of a closeSession's record, for one of the paths that it lists. */
const BYTES_PER_PATH = 32;
/** Entries that are done with are cut off in runs: a queue that is never empty must not keep them. */
const COMPACT_AT = 256;

export class CommitQueue {
  /** Runs of txns, and the ids of syncs. */
  #entries: (readonly TxnBytes[] | number)[] = [];
  #firstEntry = 0;
  /** Of the first entry. */
  #firstTxn = 0;
  #workLeft = 0;
  readonly #workAtOnce: number;

  /** `workAtOnce`: what a step applies; a txn, a znode that goes with its session and a watch event are one each. */
  constructor(workAtOnce: number) {
    this.#workAtOnce = workAtOnce;
  }

  get isEmpty(): boolean {
    return this.#firstEntry === this.#entries.length;
  }

  push(entry: readonly TxnBytes[] | number): void {
    this.#entries.push(entry);
  }

  clear(): void {
    this.#entries = [];
    this.#firstEntry = this.#firstTxn = 0;
  }

  /** `arriving`: as much as is applied at once. `waiting`: a step of its own for what was left, so at least one of them. `everything` leaves nothing. */
  beginStep(occasion: 'arriving' | 'waiting' | 'everything'): void {
    if (occasion === 'everything') this.#workLeft = Number.POSITIVE_INFINITY;
    else this.#workLeft = occasion === 'waiting' ? Math.max(1, this.#workAtOnce) : this.#workAtOnce;
  }

  /** The work that applying a txn of this type was; `eventCount` watches fired. */
  spend(type: number, txn: TxnBytes, eventCount: number): void {
    const pathCount = type === OpCode.CLOSE_SESSION ? txn.length / BYTES_PER_PATH : 0;
    this.#workLeft -= 1 + eventCount + pathCount;
  }

  /** The next txn or sync; undefined when there is none, or when this step has done enough. */
  next(): TxnBytes | number | undefined {
    while (this.#workLeft > 0) {
      const entry = this.#entries[this.#firstEntry];
      if (entry === undefined) {
        this.clear();
        return undefined;
      }
      if (typeof entry === 'number') {
        this.#shift();
        return entry;
      }
      const txn = entry[this.#firstTxn++];
      // With the last one the run is over, so that no step is asked for in which there is nothing to do.
      if (this.#firstTxn >= entry.length) this.#shift();
      if (txn !== undefined) return txn;
    }
    return undefined;
  }

  #shift(): void {
    this.#firstTxn = 0;
    this.#firstEntry++;
    if (this.#firstEntry < COMPACT_AT || this.#firstEntry * 2 < this.#entries.length) return;
    this.#entries = this.#entries.slice(this.#firstEntry);
    this.#firstEntry = 0;
  }
}
