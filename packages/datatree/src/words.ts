// 64-bit values as two 32-bit halves: the tree's tables hold no bigint, its doors speak bigint.

const LONG = new DataView(new ArrayBuffer(8));
const TWO_TO_32 = 0x1_0000_0000;

/** Signed 32 bits. */
export const highWord = (value: bigint): number => Number(BigInt.asIntN(32, value >> 32n));
/** Signed 32 bits. */
export const lowWord = (value: bigint): number => Number(BigInt.asIntN(32, value));

export function signedLong(high: number, low: number): bigint {
  LONG.setInt32(0, high);
  LONG.setInt32(4, low);
  return LONG.getBigInt64(0);
}

export function unsignedLong(high: number, low: number): bigint {
  LONG.setInt32(0, high);
  LONG.setInt32(4, low);
  return LONG.getBigUint64(0);
}

/** Of a safe integer of either sign. */
export const highWordOfNumber = (value: number): number => Math.floor(value / TWO_TO_32) | 0;
/** Of a safe integer of either sign. */
export const lowWordOfNumber = (value: number): number => value | 0;

/** Exact within the safe integers: times, and nothing else, are read so. */
export const numberOf = (high: number, low: number): number => high * TWO_TO_32 + (low >>> 0);

/** Signed comparison of two longs, as ZooKeeper compares zxids. */
export function isAbove(high: number, low: number, otherHigh: number, otherLow: number): boolean {
  return high > otherHigh || (high === otherHigh && low >>> 0 > otherLow >>> 0);
}
