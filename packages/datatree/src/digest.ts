// The digest of a znode (ZooKeeper's DigestCalculator, version 2).

import type { SessionId, WallClockMs, Zxid } from '@zebu/protocol';

export const DIGEST_VERSION = 2;

/** The persisted fields of a Stat. */
export interface DigestStat {
  readonly czxid: Zxid;
  readonly mzxid: Zxid;
  readonly pzxid: Zxid;
  readonly ctime: WallClockMs;
  readonly mtime: WallClockMs;
  readonly version: number;
  /** The stored counter, not doubled. */
  readonly cversion: number;
  readonly aversion: number;
  readonly ephemeralOwner: SessionId;
}

/** The same with 64-bit fields in two 32-bit halves, for hot loops. */
export interface StatWords {
  readonly czxidHigh: number;
  readonly czxidLow: number;
  readonly mzxidHigh: number;
  readonly mzxidLow: number;
  readonly pzxidHigh: number;
  readonly pzxidLow: number;
  readonly ctimeHigh: number;
  readonly ctimeLow: number;
  readonly mtimeHigh: number;
  readonly mtimeLow: number;
  readonly version: number;
  readonly cversion: number;
  readonly aversion: number;
  readonly ephemeralOwnerHigh: number;
  readonly ephemeralOwnerLow: number;
}

/** False below /zookeeper/, whose znodes each server changes by itself: their digest is 0. */
export declare function countsInDigest(path: string): boolean;
/** Unsigned 32 bits; 0 below /zookeeper/. */
export declare function nodeDigest(path: string, data: Uint8Array | null, stat: DigestStat): number;
/** The part of a digest that only path and data decide; NodeFacts has it ready, so a change of stat alone reads no data. */
export declare function contentCrc(path: string, data: Uint8Array | null): number;
/** The digest of a znode with this content and this stat: `nodeDigest(path, data, stat)` for a path that counts. */
export declare function digestOfWords(contentCrc: number, stat: StatWords): number;
