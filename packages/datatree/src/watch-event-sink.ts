// Where the tree reports the events of watches. The caller knows what a watcher is; the tree only compares its number.

import type { ConnectionId } from '@zebu/interfaces';
import type { WatchEventType, Zxid } from '@zebu/protocol';

export type WatcherId = ConnectionId;

export interface WatchEventSink {
  /** `zxid` is the txn's, or -1 for an event that setWatches gives at once (WatchedEvent.NO_ZXID). */
  onWatchEvent(watcher: WatcherId, type: WatchEventType, path: string, zxid: Zxid): void;
}
