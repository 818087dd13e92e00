// How long the blocks of the byte arena are: every multiple of 8 up to 128, then eight steps a doubling, so that at most an
// eighth of a block is lost.

const SMALL_CLASSES = 16;
const STEPS = 8;
/** Longer blobs are arrays of their own. */
export const MAX_BLOCK_BYTES = 8192;

/** Class of a blob of 1..MAX_BLOCK_BYTES bytes. */
export function sizeClassOf(length: number): number {
  const units = (length + 7) >>> 3;
  if (units <= SMALL_CLASSES) return units - 1;
  // units is in (2^k, 2^(k+1)] for k >= 4; the step within it is 2^(k-3) units.
  const k = 31 - Math.clz32(units - 1);
  return SMALL_CLASSES + (k - 4) * STEPS + ((units - 1) >>> (k - 3)) - STEPS;
}

/** Block length of a class, in units of 8 bytes. */
export function blockUnits(sizeClass: number): number {
  if (sizeClass < SMALL_CLASSES) return sizeClass + 1;
  const k = 4 + Math.floor((sizeClass - SMALL_CLASSES) / STEPS);
  const step = (sizeClass - SMALL_CLASSES) % STEPS;
  return (STEPS + step + 1) << (k - 3);
}

export const SIZE_CLASSES: number = sizeClassOf(MAX_BLOCK_BYTES) + 1;
