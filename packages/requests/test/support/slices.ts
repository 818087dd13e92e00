import type { SliceSizes } from '../../src/slice-sizes.ts';

/** Slices so small that little is long. */
export const SMALL_SLICES: SliceSizes = {
  entryCount: 16,
  partCount: 3,
  bytes: 200,
  watchCount: 1,
  stringCount: 2,
  setWatchesBytes: 0,
};
