// How much of a long answer is made in one step.

export interface SliceSizes {
  /** Entries of a list; a shorter list is written at once. */
  readonly entryCount: number;
  /** Parts of a multiRead, and bytes of its answer. */
  readonly partCount: number;
  readonly bytes: number;
  /** Watches that setWatches leaves or tells of. */
  readonly watchCount: number;
  /** Strings that are looked at of a long request. */
  readonly stringCount: number;
  /** A longer setWatches is read and worked off in slices. */
  readonly setWatchesBytes: number;
}

/** Below a millisecond each, once they are compiled; a setWatches of paths as short as can be takes two or three. */
export const DEFAULT_SLICE_SIZES: SliceSizes = {
  entryCount: 4096,
  partCount: 512,
  bytes: 256 * 1024,
  watchCount: 256,
  stringCount: 2048,
  setWatchesBytes: 16 * 1024,
};
