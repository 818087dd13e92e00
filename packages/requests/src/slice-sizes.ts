// How much of a long answer is made in one step.

export interface SliceSizes {
  /** Entries of a list; a shorter list is written at once. */
  readonly entryCount: number;
  /** Parts of a multiRead, and bytes of its answer. */
  readonly partCount: number;
  readonly bytes: number;
  /** Watches that setWatches leaves or tells of. */
  readonly watchCount: number;
  /** Strings that are read of a long request. */
  readonly stringCount: number;
  /** A longer setWatches is read and worked off in slices. */
  readonly setWatchesBytes: number;
}

/** About a millisecond each; of a setWatches with paths as short as can be, two or three. */
export const DEFAULT_SLICE_SIZES: SliceSizes = {
  entryCount: 4096,
  partCount: 1024,
  bytes: 512 * 1024,
  watchCount: 512,
  stringCount: 2048,
  setWatchesBytes: 16 * 1024,
};
