// The tree's digest at every 128th zxid, for comparing servers with each other (DataTree.getDigestLog).

import type { Zxid } from '@zebu/protocol';
import { signedLong } from './words.ts';

/** A power of two, so that the low word of a zxid tells. */
const INTERVAL = 128;
const LIMIT = 1024;

export interface LoggedDigest {
  readonly zxid: Zxid;
  /** Unsigned 64 bits. */
  readonly digest: bigint;
}

export class DigestLog {
  readonly #entries: LoggedDigest[] = [];
  /** Where the oldest entry stands, once LIMIT are there. */
  #oldest = 0;

  static isDue(zxidLow: number): boolean {
    return (zxidLow & (INTERVAL - 1)) === 0;
  }

  add(zxidHigh: number, zxidLow: number, digest: bigint): void {
    const entry = { zxid: signedLong(zxidHigh, zxidLow) as Zxid, digest };
    if (this.#entries.length < LIMIT) {
      this.#entries.push(entry);
    } else {
      this.#entries[this.#oldest] = entry;
      this.#oldest = (this.#oldest + 1) % LIMIT;
    }
  }

  /** Oldest first. */
  entries(): LoggedDigest[] {
    return [...this.#entries.slice(this.#oldest), ...this.#entries.slice(0, this.#oldest)];
  }
}
