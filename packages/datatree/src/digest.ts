// The digest of a znode (ZooKeeper's DigestCalculator, version 2): CRC-32 of path, data and persisted stat. The sum over the
// tree (AdHash) tells two trees apart in constant time.

import type { SessionId, WallClockMs, Zxid } from '@zebu/protocol';
import { CRC_START, crcBytes, crcInt, crcLong, crcRegister, crcValue } from './crc32.ts';
import { PathKey } from './path-key.ts';
import { highWord, highWordOfNumber, lowWord, lowWordOfNumber } from './words.ts';

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

const key = new PathKey();

/** False below /zookeeper/: each server changes quota statistics there by itself (NodeHashMapImpl). Such a digest is 0. */
export function countsInDigest(path: string): boolean {
  key.setString(path);
  return key.countsInDigest;
}

/** Unsigned 32 bits; 0 below /zookeeper/. */
export function nodeDigest(path: string, data: Uint8Array | null, stat: DigestStat): number {
  return countsInDigest(path) ? digestOfWords(contentCrc(path, data), wordsOf(stat)) : 0;
}

/** The part of a digest that only path and data decide; NodeFacts has it ready, so a change of stat alone reads no data. */
export function contentCrc(path: string, data: Uint8Array | null): number {
  key.setString(path);
  const register = crcBytes(CRC_START, key.bytes, key.start, key.end);
  return crcValue(data === null ? register : crcBytes(register, data, 0, data.length));
}

/** The digest of a znode with this content and this stat: `nodeDigest(path, data, stat)` for a path that counts. */
export function digestOfWords(content: number, stat: StatWords): number {
  let crc = crcLong(crcRegister(content), stat.czxidHigh, stat.czxidLow);
  crc = crcLong(crc, stat.mzxidHigh, stat.mzxidLow);
  crc = crcLong(crc, stat.pzxidHigh, stat.pzxidLow);
  crc = crcLong(crc, stat.ctimeHigh, stat.ctimeLow);
  crc = crcLong(crc, stat.mtimeHigh, stat.mtimeLow);
  crc = crcLong(crc, stat.version, stat.cversion);
  crc = crcInt(crc, stat.aversion);
  return crcValue(crcLong(crc, stat.ephemeralOwnerHigh, stat.ephemeralOwnerLow));
}

const wordsOf = (stat: DigestStat): StatWords => ({
  czxidHigh: highWord(stat.czxid),
  czxidLow: lowWord(stat.czxid),
  mzxidHigh: highWord(stat.mzxid),
  mzxidLow: lowWord(stat.mzxid),
  pzxidHigh: highWord(stat.pzxid),
  pzxidLow: lowWord(stat.pzxid),
  ctimeHigh: highWordOfNumber(stat.ctime),
  ctimeLow: lowWordOfNumber(stat.ctime),
  mtimeHigh: highWordOfNumber(stat.mtime),
  mtimeLow: lowWordOfNumber(stat.mtime),
  version: stat.version,
  cversion: stat.cversion,
  aversion: stat.aversion,
  ephemeralOwnerHigh: highWord(stat.ephemeralOwner),
  ephemeralOwnerLow: lowWord(stat.ephemeralOwner),
});
