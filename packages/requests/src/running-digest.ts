// The sum of all znode digests modulo 2^64 (ZooKeeper's AdHash), kept up to date change by change.

const TWO_TO_32 = 0x1_0000_0000;

export class RunningDigest {
  /** Unsigned halves. */
  #high = 0;
  #low = 0;

  get high(): number {
    return this.#high;
  }

  get low(): number {
    return this.#low;
  }

  set(value: bigint): void {
    this.#high = Number(BigInt.asUintN(32, value >> 32n));
    this.#low = Number(BigInt.asUintN(32, value));
  }

  setHalves(high: number, low: number): void {
    this.#high = high;
    this.#low = low;
  }

  /** A znode's digest, an unsigned 32-bit integer, became another one; 0 for a znode that is not there. */
  replace(before: number, after: number): void {
    const low = this.#low + after - before;
    this.#low = low >>> 0;
    if (low >= TWO_TO_32) this.#high = (this.#high + 1) >>> 0;
    else if (low < 0) this.#high = (this.#high - 1) >>> 0;
  }
}
