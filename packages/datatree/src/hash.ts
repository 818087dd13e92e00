// 32-bit hashes for the tables of this package. They stay inside one process, so they may change with any release.

const FNV_PRIME = 0x0100_0193;
export const HASH_SEED = 0x811c_9dc5 | 0;

/** One step of FNV-1a. */
export const hashStep = (hash: number, byte: number): number => Math.imul(hash ^ byte, FNV_PRIME);

/** Spreads every bit over all others (the finalizer of MurmurHash3): tables take shard and slot from different bits. */
export function finishHash(hash: number): number {
  let mixed = hash ^ (hash >>> 16);
  mixed = Math.imul(mixed, 0x85eb_ca6b);
  mixed ^= mixed >>> 13;
  mixed = Math.imul(mixed, 0xc2b2_ae35);
  return mixed ^ (mixed >>> 16);
}

export function hashBytes(bytes: Uint8Array, start: number, end: number): number {
  let hash = HASH_SEED;
  for (let i = start; i < end; i++) hash = hashStep(hash, bytes[i] as number);
  return finishHash(hash);
}

export const hashWords = (first: number, second: number): number =>
  finishHash(Math.imul(first, 0x9e37_79b1) ^ finishHash(second));

export function sameBytes(a: Uint8Array, aStart: number, b: Uint8Array, bStart: number, length: number): boolean {
  for (let i = 0; i < length; i++) if (a[aStart + i] !== b[bStart + i]) return false;
  return true;
}
