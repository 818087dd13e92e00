// What a watch is (Watcher.WatcherType, ZooDefs.AddWatchModes): the codes of checkWatches, removeWatches and addWatch.

export const WatcherType = { CHILDREN: 1, DATA: 2, ANY: 3, PERSISTENT: 4, PERSISTENT_RECURSIVE: 5 } as const;
export type WatcherType = (typeof WatcherType)[keyof typeof WatcherType];

export const AddWatchMode = { PERSISTENT: 0, PERSISTENT_RECURSIVE: 1 } as const;
export type AddWatchMode = (typeof AddWatchMode)[keyof typeof AddWatchMode];

export const isWatcherType = (code: number): code is WatcherType =>
  code >= WatcherType.CHILDREN && code <= WatcherType.PERSISTENT_RECURSIVE;

export const isAddWatchMode = (code: number): code is AddWatchMode =>
  code === AddWatchMode.PERSISTENT || code === AddWatchMode.PERSISTENT_RECURSIVE;
