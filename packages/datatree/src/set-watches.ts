// What a client that reconnects asks for (DataTree.setWatches): what changed since it was last heard from is told at once, the
// rest is watched again.

import { AddWatchMode, NO_ZXID, WatchEventType, type Zxid } from '@zebu/protocol';
import { NO_NODE, StatOffset } from './node-store.ts';
import type { PathFinder } from './path-finder.ts';
import type { WatchEventSink, WatcherId } from './watch-event-sink.ts';
import type { Watches } from './watches.ts';
import { highWord, isAbove, lowWord } from './words.ts';
import type { Znodes } from './znodes.ts';

export interface WatchedPaths {
  readonly data: readonly string[];
  readonly exist: readonly string[];
  readonly child: readonly string[];
  /** Both are absent from clients older than 3.6. */
  readonly persistent?: readonly string[];
  readonly persistentRecursive?: readonly string[];
}

export interface WatchSetting {
  readonly znodes: Znodes;
  readonly watches: Watches;
  readonly finder: PathFinder;
  /** The last zxid that the client saw. */
  readonly relativeZxid: Zxid;
  readonly watcher: WatcherId;
  readonly events: WatchEventSink;
}

export function setWatches(setting: WatchSetting, paths: WatchedPaths): void {
  for (const path of paths.data) setData(setting, path);
  for (const path of paths.exist) setExist(setting, path);
  for (const path of paths.child) setChild(setting, path);
  const { watches, finder, watcher } = setting;
  for (const path of paths.persistent ?? []) watches.add(finder.watchKeyOf(path), AddWatchMode.PERSISTENT, watcher);
  for (const path of paths.persistentRecursive ?? []) {
    watches.add(finder.watchKeyOf(path), AddWatchMode.PERSISTENT_RECURSIVE, watcher);
  }
}

function setData(setting: WatchSetting, path: string): void {
  const node = setting.finder.find(path);
  if (node === NO_NODE) tell(setting, WatchEventType.NODE_DELETED, path);
  else if (isLater(setting, node, StatOffset.MZXID)) tell(setting, WatchEventType.NODE_DATA_CHANGED, path);
  else setting.watches.addData(setting.finder.watchKey, setting.watcher);
}

function setExist(setting: WatchSetting, path: string): void {
  if (setting.finder.find(path) !== NO_NODE) tell(setting, WatchEventType.NODE_CREATED, path);
  else setting.watches.addData(setting.finder.watchKey, setting.watcher);
}

function setChild(setting: WatchSetting, path: string): void {
  const node = setting.finder.find(path);
  if (node === NO_NODE) tell(setting, WatchEventType.NODE_DELETED, path);
  else if (isLater(setting, node, StatOffset.PZXID)) tell(setting, WatchEventType.NODE_CHILDREN_CHANGED, path);
  else setting.watches.addChild(setting.finder.watchKey, setting.watcher);
}

/** ZooKeeper asks for no ACL here: whoever left the watch may hear what became of it. */
function tell({ events, watcher }: WatchSetting, type: WatchEventType, path: string): void {
  events.onWatchEvent(watcher, type, path, NO_ZXID, undefined);
}

function isLater({ znodes: { nodes }, relativeZxid }: WatchSetting, node: number, offset: number): boolean {
  const [high, low] = [highWord(relativeZxid), lowWord(relativeZxid)];
  return isAbove(nodes.statInt(node, offset), nodes.statInt(node, offset + 4), high, low);
}
