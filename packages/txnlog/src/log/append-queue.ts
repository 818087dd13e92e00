// Txns that were appended and are not flushed yet, in order. They are read from here until they are on disk.

import { firstTxnAfter, type TxnBytes, type Zxid } from '@zebu/protocol';
import type { ReadBudget } from './read-budget.ts';
import { recordBytes } from './record-format.ts';

/** Flushed txns at the head are dropped in bulk once there are this many. */
const COMPACT_AT = 4096;

export class AppendQueue {
  #txns: TxnBytes[] = [];
  /** Invariant: #txns[#head] is the oldest txn that is not flushed. */
  #head = 0;
  /** Txns ever appended, and how many of them are flushed. */
  #appended = 0;
  #flushed = 0;
  /** Counts at which a new file begins, ascending. Invariant: none below #flushed. */
  #rolls: number[] = [];

  get appended(): number {
    return this.#appended;
  }

  get flushed(): number {
    return this.#flushed;
  }

  get isEmpty(): boolean {
    return this.#flushed === this.#appended;
  }

  push(txns: readonly TxnBytes[]): void {
    for (const txn of txns) this.#txns.push(txn);
    this.#appended += txns.length;
  }

  /** The next txn appended begins a new file. */
  roll(): void {
    if (this.#rolls.at(-1) !== this.#appended) this.#rolls.push(this.#appended);
  }

  /** True when the oldest txn begins a new file; answers so once. */
  takeRoll(): boolean {
    if (this.#rolls[0] !== this.#flushed) return false;
    this.#rolls.shift();
    return true;
  }

  /** The oldest txns: as many as fit into `maxBytes` as records and one file, at least one. */
  batch(maxBytes: number): readonly TxnBytes[] {
    const limit = this.#head + ((this.#rolls[0] ?? this.#appended) - this.#flushed);
    let end = this.#head;
    let bytes = 0;
    while (end < limit) {
      bytes += recordBytes(this.#txns[end] as TxnBytes);
      if (bytes > maxBytes && end > this.#head) break;
      end++;
    }
    return this.#txns.slice(this.#head, end);
  }

  /** The oldest `count` txns are on disk. */
  drop(count: number): void {
    this.#head += count;
    this.#flushed += count;
    if (this.#head === this.#txns.length) {
      this.#txns = [];
      this.#head = 0;
    } else if (this.#head >= COMPACT_AT) {
      this.#txns.splice(0, this.#head);
      this.#head = 0;
    }
  }

  clear(): void {
    this.#txns = [];
    this.#head = 0;
    this.#flushed = this.#appended;
    this.#rolls = [];
  }

  /** Adds txns above `after` to the budget; false when not all fit. */
  readAfter(after: Zxid, budget: ReadBudget): boolean {
    for (let index = Math.max(this.#head, firstTxnAfter(this.#txns, after)); index < this.#txns.length; index++) {
      if (!budget.take(this.#txns[index] as TxnBytes)) return false;
    }
    return true;
  }

  /** The greatest zxid in the queue that is at most `zxid`. */
  floorOf(zxid: Zxid): TxnBytes | undefined {
    const index = firstTxnAfter(this.#txns, zxid) - 1;
    return index < this.#head ? undefined : this.#txns[index];
  }

  bytesAfter(after: Zxid): number {
    let bytes = 0;
    for (let index = Math.max(this.#head, firstTxnAfter(this.#txns, after)); index < this.#txns.length; index++) {
      bytes += recordBytes(this.#txns[index] as TxnBytes);
    }
    return bytes;
  }
}
