// The newest committed txns, kept in memory so that a learner that missed little is synced without the disk (ZKDatabase's committedLog).

import { firstTxnAfter, totalBytes, txnZxid, type TxnBytes, type Zxid } from '@zebu/protocol';

export interface CommittedLogLimits {
  readonly maxEntryCount: number;
  readonly maxBytes: number;
}

/** In the place of what left the window, so that its bytes can be freed before the array is compacted. */
const DROPPED: TxnBytes = new Uint8Array(0);

export class CommittedLog {
  readonly #limits: CommittedLogLimits;
  #txns: TxnBytes[] = [];
  #start = 0;
  #bytes = 0;
  #base: Zxid;
  #held = false;

  /** `base` is the newest txn that is committed already: the window begins behind it. */
  constructor(base: Zxid, limits: CommittedLogLimits) {
    this.#base = base;
    this.#limits = limits;
  }

  /** The window holds every committed txn above this zxid, which is itself on the history. */
  get base(): Zxid {
    return this.#base;
  }

  /** The newest committed txn. */
  get end(): Zxid {
    return this.entryCount === 0 ? this.#base : txnZxid(this.#txns[this.#txns.length - 1] as TxnBytes);
  }

  get entryCount(): number {
    return this.#txns.length - this.#start;
  }

  get bytes(): number {
    return this.#bytes;
  }

  add(txns: readonly TxnBytes[]): void {
    for (const txn of txns) this.#txns.push(txn);
    this.#bytes += totalBytes(txns);
    this.#trim();
  }

  /** While a learner catches up, only the byte limit trims: else a fast leader would never let it into the window. */
  hold(held: boolean): void {
    this.#held = held;
    this.#trim();
  }

  /** Committed txns above `zxid`, which is not below `base`. */
  after(zxid: Zxid): TxnBytes[] {
    const live = this.#start === 0 ? this.#txns : this.#txns.slice(this.#start);
    return live.slice(firstTxnAfter(live, zxid));
  }

  /** The greatest zxid of the window (its base included) that is at most `zxid`. */
  floor(zxid: Zxid): Zxid {
    const live = this.#txns.slice(this.#start);
    const index = firstTxnAfter(live, zxid);
    return index === 0 ? this.#base : txnZxid(live[index - 1] as TxnBytes);
  }

  #trim(): void {
    const maxEntryCount = this.#held ? Number.POSITIVE_INFINITY : this.#limits.maxEntryCount;
    let dropped: TxnBytes | undefined;
    while (
      this.#start < this.#txns.length &&
      (this.entryCount > maxEntryCount || this.#bytes > this.#limits.maxBytes)
    ) {
      dropped = this.#txns[this.#start] as TxnBytes;
      this.#txns[this.#start] = DROPPED;
      this.#start++;
      this.#bytes -= dropped.length;
    }
    if (dropped !== undefined) this.#base = txnZxid(dropped);
    // Compacting only when half is dead keeps add() amortized O(1).
    if (this.#start > 1024 && this.#start * 2 > this.#txns.length) {
      this.#txns = this.#txns.slice(this.#start);
      this.#start = 0;
    }
  }
}
