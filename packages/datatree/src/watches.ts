// Which changes tell which watches (DataTree's calls of triggerWatch). A watcher gets an event at most once per trigger.

import {
  type Acl,
  AddWatchMode,
  unreachable,
  WatchEventType,
  type WatchEventType as EventType,
  WatcherType,
  type Zxid,
} from '@zebu/protocol';
import { finishHash, HASH_SEED, hashStep } from './hash.ts';
import type { PathKey } from './path-key.ts';
import type { TxnPosition } from './txn-position.ts';
import type { WatchEventSink, WatcherId } from './watch-event-sink.ts';
import { ALL_WATCH_MODES, NO_WATCH, WatchMode } from './watch-modes.ts';
import { WatchTable } from './watch-table.ts';
import { signedLong } from './words.ts';

const SLASH = 0x2f;

/** The ACL that goes with an event: see WatchEventSink. */
export type EventAcl = readonly Acl[] | undefined;

export class Watches {
  /** Left by exists, getData and addWatch. */
  readonly data: WatchTable = new WatchTable();
  /** Left by getChildren and, when they are not recursive, by addWatch. */
  readonly #child = new WatchTable();

  /** As ZooKeeper counts, for which a persistent watch is two. */
  get count(): number {
    return this.data.count + this.#child.count;
  }

  addData(key: PathKey, watcher: WatcherId): void {
    this.data.add(key.bytes, key.start, key.end, key.hash, WatchMode.STANDARD, watcher);
  }

  addChild(key: PathKey, watcher: WatcherId): void {
    this.#child.add(key.bytes, key.start, key.end, key.hash, WatchMode.STANDARD, watcher);
  }

  /** DataTree.addWatch. */
  add(key: PathKey, mode: AddWatchMode, watcher: WatcherId): void {
    const { bytes, start, end, hash } = key;
    if (mode === AddWatchMode.PERSISTENT_RECURSIVE) {
      this.data.add(bytes, start, end, hash, WatchMode.RECURSIVE, watcher);
    } else {
      this.data.add(bytes, start, end, hash, WatchMode.PERSISTENT, watcher);
      this.#child.add(bytes, start, end, hash, WatchMode.PERSISTENT, watcher);
    }
  }

  /** DataTree.containsWatcher. */
  has(key: PathKey, type: WatcherType, watcher: WatcherId): boolean {
    const { bytes, start, end, hash } = key;
    const data = this.data.modesOf(bytes, start, end, hash, watcher) & dataModes(type);
    return data !== NO_WATCH || (this.#child.modesOf(bytes, start, end, hash, watcher) & childModes(type)) !== NO_WATCH;
  }

  /** DataTree.removeWatch: false when there was no such watch. */
  remove(key: PathKey, type: WatcherType, watcher: WatcherId): boolean {
    const { bytes, start, end, hash } = key;
    const data = this.data.remove(bytes, start, end, hash, dataModes(type), watcher);
    return this.#child.remove(bytes, start, end, hash, childModes(type), watcher) || data;
  }

  removeWatcher(watcher: WatcherId): void {
    this.data.removeWatcher(watcher);
    this.#child.removeWatcher(watcher);
  }

  /** `acl` is the znode's and `parentAcl` its parent's, as WatchEventSink has them. */
  onCreated(key: PathKey, txn: TxnPosition, acl: EventAcl, parentAcl: EventAcl, events: WatchEventSink): void {
    if (this.#isEmpty) return;
    this.#fireData(key);
    this.#tell(WatchEventType.NODE_CREATED, key, txn, acl, events);
    this.#onChildrenChanged(key, txn, parentAcl, events);
  }

  onDeleted(key: PathKey, txn: TxnPosition, acl: EventAcl, parentAcl: EventAcl, events: WatchEventSink): void {
    if (this.#isEmpty) return;
    this.#fireData(key);
    this.#child.fire(key.bytes, key.start, key.end, key.hash);
    this.#tell(WatchEventType.NODE_DELETED, key, txn, acl, events);
    this.#onChildrenChanged(key, txn, parentAcl, events);
  }

  onDataChanged(key: PathKey, txn: TxnPosition, acl: EventAcl, events: WatchEventSink): void {
    if (this.data.isEmpty) return;
    this.#fireData(key);
    this.#tell(WatchEventType.NODE_DATA_CHANGED, key, txn, acl, events);
  }

  get #isEmpty(): boolean {
    return this.data.isEmpty && this.#child.isEmpty;
  }

  #fireData(key: PathKey): void {
    this.data.fire(key.bytes, key.start, key.end, key.hash);
    if (this.data.hasRecursive) this.#fireAbove(key);
  }

  /** PathParentIterator: all prefixes that are paths, of which the hashes come from one pass. */
  #fireAbove({ bytes, start, end }: PathKey): void {
    let hash = HASH_SEED;
    for (let i = start; i < end; i++) {
      const byte = bytes[i] as number;
      if (byte === SLASH) this.data.fireRecursive(bytes, start, i, finishHash(hash));
      hash = hashStep(hash, byte);
    }
  }

  #onChildrenChanged(key: PathKey, txn: TxnPosition, acl: EventAcl, events: WatchEventSink): void {
    const child = this.#child;
    child.fire(key.bytes, key.start, key.parentEnd, key.parentHash);
    if (child.firedCount === 0) return;
    const zxid = zxidOf(txn);
    const path = key.parentText();
    for (let i = 0; i < child.firedCount; i++) {
      events.onWatchEvent(child.firedAt(i), WatchEventType.NODE_CHILDREN_CHANGED, path, zxid, acl);
    }
    child.clearFired();
  }

  /** Who waits for data and for children hears it once. */
  #tell(type: EventType, key: PathKey, txn: TxnPosition, acl: EventAcl, events: WatchEventSink): void {
    const { data } = this;
    const child = this.#child;
    if (data.firedCount === 0 && child.firedCount === 0) return;
    const zxid = zxidOf(txn);
    const path = key.text();
    for (let i = 0; i < data.firedCount; i++) events.onWatchEvent(data.firedAt(i), type, path, zxid, acl);
    for (let i = 0; i < child.firedCount; i++) {
      const watcher = child.firedAt(i);
      if (!data.isFired(watcher)) events.onWatchEvent(watcher, type, path, zxid, acl);
    }
    data.clearFired();
    child.clearFired();
  }
}

const zxidOf = (txn: TxnPosition): Zxid => signedLong(txn.zxidHigh, txn.zxidLow) as Zxid;

/** The modes among the data watches that a type names. */
function dataModes(type: WatcherType): number {
  switch (type) {
    case WatcherType.CHILDREN:
      return NO_WATCH;
    case WatcherType.DATA:
      return WatchMode.STANDARD;
    case WatcherType.PERSISTENT:
      return WatchMode.PERSISTENT;
    case WatcherType.PERSISTENT_RECURSIVE:
      return WatchMode.RECURSIVE;
    case WatcherType.ANY:
      return ALL_WATCH_MODES;
    default:
      return unreachable(type);
  }
}

/** The modes among the child watches that a type names. */
function childModes(type: WatcherType): number {
  switch (type) {
    case WatcherType.CHILDREN:
      return WatchMode.STANDARD;
    case WatcherType.PERSISTENT:
      return WatchMode.PERSISTENT;
    case WatcherType.ANY:
      return ALL_WATCH_MODES;
    case WatcherType.DATA:
    case WatcherType.PERSISTENT_RECURSIVE:
      return NO_WATCH;
    default:
      return unreachable(type);
  }
}
