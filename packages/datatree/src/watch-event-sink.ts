// Where the tree reports the events of watches. The caller knows what a watcher is; the tree only compares its number.

import type { ConnectionId } from '@zebu/interfaces';
import type { Acl, WatchEventType, Zxid } from '@zebu/protocol';

export type WatcherId = ConnectionId;

export interface WatchEventSink {
  /**
   * `zxid` is the txn's, or -1 for an event that setWatches gives at once (WatchedEvent.NO_ZXID). `acl` is that of the znode
   * which the event names, when not everybody may read it: who may not is not to be told (CVE-2024-23944). Undefined for an
   * event that everybody may have.
   */
  onWatchEvent(
    watcher: WatcherId,
    type: WatchEventType,
    path: string,
    zxid: Zxid,
    acl: readonly Acl[] | undefined,
  ): void;
}
