// The sum of all digests modulo 2^64 (ZooKeeper's AdHash), without bigints: order does not matter, and a change is one
// subtraction and one addition.

import { unsignedLong } from './words.ts';

const TWO_TO_32 = 0x1_0000_0000;

export class TreeDigest {
  /** Unsigned halves. */
  #high = 0;
  #low = 0;

  /** `digest` is an unsigned 32-bit integer, as all arguments below. */
  add(digest: number): void {
    const low = this.#low + digest;
    this.#low = low >>> 0;
    if (low >= TWO_TO_32) this.#high = (this.#high + 1) >>> 0;
  }

  subtract(digest: number): void {
    const low = this.#low - digest;
    this.#low = low >>> 0;
    if (low < 0) this.#high = (this.#high - 1) >>> 0;
  }

  equals(high: number, low: number): boolean {
    return this.#high === high >>> 0 && this.#low === low >>> 0;
  }

  get value(): bigint {
    return unsignedLong(this.#high, this.#low);
  }
}
