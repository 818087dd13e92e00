// What a watch is (ZooKeeper's WatcherMode), as bits: one watcher may have several watches on one path (WatchStats).

export const WatchMode = {
  /** One-shot: the event that it tells ends it. */
  STANDARD: 1,
  /** Stays until it is removed. */
  PERSISTENT: 2,
  /** Stays, and tells of whatever lies below its path, too. */
  RECURSIVE: 4,
} as const;
export type WatchMode = (typeof WatchMode)[keyof typeof WatchMode];

export const WATCH_MODE_BITS = 3;
export const ALL_WATCH_MODES = 7;
export const NO_WATCH = 0;
