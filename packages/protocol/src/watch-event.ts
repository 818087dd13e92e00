// What a watch tells its client (Watcher.Event).

export const WatchEventType = {
  NONE: -1,
  NODE_CREATED: 1,
  NODE_DELETED: 2,
  NODE_DATA_CHANGED: 3,
  NODE_CHILDREN_CHANGED: 4,
} as const;
export type WatchEventType = (typeof WatchEventType)[keyof typeof WatchEventType];

/** KeeperState of an event that a server sends: always SyncConnected. */
export const KEEPER_STATE_SYNC_CONNECTED = 3;
