// 64-bit values in two signed 32-bit halves, as NodeFacts has them: small integers, which cost no allocation.

const TWO_TO_32 = 0x1_0000_0000;

export const highWord = (value: bigint): number => Number(BigInt.asIntN(32, value >> 32n));
export const lowWord = (value: bigint): number => Number(BigInt.asIntN(32, value));

/** Of a safe integer of either sign. */
export const highWordOfNumber = (value: number): number => Math.floor(value / TWO_TO_32) | 0;
/** Of a safe integer of either sign. */
export const lowWordOfNumber = (value: number): number => value | 0;
/** Of a long that is a safe integer. */
export const numberOf = (high: number, low: number): number => high * TWO_TO_32 + (low >>> 0);

/** Compares zxids. */
export const isAfter = (high: number, low: number, otherHigh: number, otherLow: number): boolean =>
  high >>> 0 > otherHigh >>> 0 || (high === otherHigh && low >>> 0 > otherLow >>> 0);
