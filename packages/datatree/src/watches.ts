// Which changes tell which watches (DataTree's calls of triggerWatch). A watcher gets an event at most once per trigger.

import type { WatchEventType as EventType, Zxid } from '@zebu/protocol';
import { WatchEventType } from '@zebu/protocol';
import type { PathKey } from './path-key.ts';
import type { WatchEventSink, WatcherId } from './watch-event-sink.ts';
import { WatchTable } from './watch-table.ts';
import { signedLong } from './words.ts';

export class Watches {
  /** Left by exists and getData. */
  readonly #data = new WatchTable();
  /** Left by getChildren. */
  readonly #child = new WatchTable();
  /** Whom the present trigger tells; one array serves all. */
  readonly #fired: WatcherId[] = [];

  get count(): number {
    return this.#data.count + this.#child.count;
  }

  addData(key: PathKey, watcher: WatcherId): void {
    this.#data.add(key.bytes, key.start, key.end, key.hash, watcher);
  }

  addChild(key: PathKey, watcher: WatcherId): void {
    this.#child.add(key.bytes, key.start, key.end, key.hash, watcher);
  }

  removeWatcher(watcher: WatcherId): void {
    this.#data.removeWatcher(watcher);
    this.#child.removeWatcher(watcher);
  }

  onCreated(key: PathKey, zxidHigh: number, zxidLow: number, events: WatchEventSink): void {
    if (this.count === 0) return;
    this.#data.take(key.bytes, key.start, key.end, key.hash, this.#fired);
    if (this.#fired.length > 0) this.#tell(WatchEventType.NODE_CREATED, key.text(), zxidHigh, zxidLow, events);
    this.#onChildrenChanged(key, zxidHigh, zxidLow, events);
  }

  onDeleted(key: PathKey, zxidHigh: number, zxidLow: number, events: WatchEventSink): void {
    if (this.count === 0) return;
    this.#data.take(key.bytes, key.start, key.end, key.hash, this.#fired);
    const byData = this.#fired.length;
    this.#child.take(key.bytes, key.start, key.end, key.hash, this.#fired);
    // Who waits for data and children both hears of the deletion once.
    if (byData > 0 && this.#fired.length > byData) dropRepeated(this.#fired, byData);
    if (this.#fired.length > 0) this.#tell(WatchEventType.NODE_DELETED, key.text(), zxidHigh, zxidLow, events);
    this.#onChildrenChanged(key, zxidHigh, zxidLow, events);
  }

  onDataChanged(key: PathKey, zxidHigh: number, zxidLow: number, events: WatchEventSink): void {
    this.#data.take(key.bytes, key.start, key.end, key.hash, this.#fired);
    if (this.#fired.length > 0) this.#tell(WatchEventType.NODE_DATA_CHANGED, key.text(), zxidHigh, zxidLow, events);
  }

  #onChildrenChanged(key: PathKey, zxidHigh: number, zxidLow: number, events: WatchEventSink): void {
    this.#child.take(key.bytes, key.start, key.parentEnd, key.parentHash, this.#fired);
    if (this.#fired.length === 0) return;
    this.#tell(WatchEventType.NODE_CHILDREN_CHANGED, key.parentText(), zxidHigh, zxidLow, events);
  }

  #tell(type: EventType, path: string, zxidHigh: number, zxidLow: number, events: WatchEventSink): void {
    const zxid = signedLong(zxidHigh, zxidLow) as Zxid;
    for (const watcher of this.#fired) events.onWatchEvent(watcher, type, path, zxid);
    this.#fired.length = 0;
  }
}

/** Drops from list[from...] what list[0, from) holds already. */
function dropRepeated(list: WatcherId[], from: number): void {
  const told = new Set(list.slice(0, from));
  let kept = from;
  for (let i = from; i < list.length; i++) {
    const watcher = list[i] as WatcherId;
    if (!told.has(watcher)) list[kept++] = watcher;
  }
  list.length = kept;
}
