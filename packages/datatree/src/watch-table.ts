// One-shot watches of one kind (ZooKeeper's WatchManager): who waits for which path. A watch is a row in two linked lists, its
// path's and its watcher's, so that both a trigger and the end of a connection cost what they remove.

import { ByteArena } from './byte-arena.ts';
import { hashWords, sameBytes } from './hash.ts';
import { HashIndex } from './hash-index.ts';
import { RowTable } from './row-table.ts';
import type { WatcherId } from './watch-event-sink.ts';
import { highWordOfNumber, lowWordOfNumber, numberOf } from './words.ts';

/** Columns of a watch. */
const PATH = 0;
const WATCHER = 1;
const NEXT_OF_PATH = 2;
const PREVIOUS_OF_PATH = 3;
const NEXT_OF_WATCHER = 4;
const PREVIOUS_OF_WATCHER = 5;
/** Columns of a watched path. */
const BLOB = 0;
const LENGTH = 1;
const HASH = 2;
const FIRST_OF_PATH = 3;
const LAST_OF_PATH = 4;
/** Columns of a watcher. */
const ID_HIGH = 0;
const ID_LOW = 1;
const FIRST_OF_WATCHER = 2;

const NONE = -1;

export class WatchTable {
  readonly #watches = new RowTable(6);
  readonly #watchIndex = new HashIndex();
  readonly #paths = new RowTable(5);
  readonly #pathIndex = new HashIndex();
  readonly #watchers = new RowTable(3);
  readonly #watcherIndex = new HashIndex();
  readonly #arena = new ByteArena();

  get count(): number {
    return this.#watches.count;
  }

  /** A watch that is there already stays one. The path is bytes[start, end), empty for the root. */
  add(bytes: Uint8Array, start: number, end: number, hash: number, watcher: WatcherId): void {
    const path = this.#findPath(bytes, start, end, hash);
    const owner = this.#findWatcher(watcher);
    if (path !== NONE && owner !== NONE && this.#findWatch(path, owner) !== NONE) return;
    this.#link(
      path === NONE ? this.#addPath(bytes, start, end, hash) : path,
      owner === NONE ? this.#addWatcher(watcher) : owner,
    );
  }

  /** Ends the watches of a path and appends their watchers, oldest first. */
  take(bytes: Uint8Array, start: number, end: number, hash: number, watchers: WatcherId[]): void {
    if (this.#watches.count === 0) return;
    const path = this.#findPath(bytes, start, end, hash);
    if (path === NONE) return;
    let watch = this.#paths.get(path, FIRST_OF_PATH);
    while (watch !== NONE) {
      const next = this.#watches.get(watch, NEXT_OF_PATH);
      watchers.push(this.#idOf(this.#watches.get(watch, WATCHER)));
      this.#unlinkFromWatcher(watch);
      this.#release(watch);
      watch = next;
    }
    this.#removePath(path);
  }

  removeWatcher(watcher: WatcherId): void {
    const owner = this.#findWatcher(watcher);
    if (owner === NONE) return;
    let watch = this.#watchers.get(owner, FIRST_OF_WATCHER);
    while (watch !== NONE) {
      const next = this.#watches.get(watch, NEXT_OF_WATCHER);
      this.#unlinkFromPath(watch);
      this.#release(watch);
      watch = next;
    }
    this.#removeWatcherRow(owner);
  }

  #link(path: number, owner: number): void {
    const watches = this.#watches;
    const watch = watches.allocate();
    watches.set(watch, PATH, path);
    watches.set(watch, WATCHER, owner);
    watches.set(watch, NEXT_OF_PATH, NONE);
    const last = this.#paths.get(path, LAST_OF_PATH);
    watches.set(watch, PREVIOUS_OF_PATH, last);
    if (last === NONE) this.#paths.set(path, FIRST_OF_PATH, watch);
    else watches.set(last, NEXT_OF_PATH, watch);
    this.#paths.set(path, LAST_OF_PATH, watch);
    const first = this.#watchers.get(owner, FIRST_OF_WATCHER);
    watches.set(watch, NEXT_OF_WATCHER, first);
    watches.set(watch, PREVIOUS_OF_WATCHER, NONE);
    if (first !== NONE) watches.set(first, PREVIOUS_OF_WATCHER, watch);
    this.#watchers.set(owner, FIRST_OF_WATCHER, watch);
    this.#watchIndex.insert(hashWords(path, owner), watch);
  }

  #release(watch: number): void {
    const hash = hashWords(this.#watches.get(watch, PATH), this.#watches.get(watch, WATCHER));
    this.#watchIndex.remove(hash, watch);
    this.#watches.release(watch);
  }

  #unlinkFromWatcher(watch: number): void {
    const watches = this.#watches;
    const next = watches.get(watch, NEXT_OF_WATCHER);
    const previous = watches.get(watch, PREVIOUS_OF_WATCHER);
    const owner = watches.get(watch, WATCHER);
    if (next !== NONE) watches.set(next, PREVIOUS_OF_WATCHER, previous);
    if (previous !== NONE) watches.set(previous, NEXT_OF_WATCHER, next);
    else if (next !== NONE) this.#watchers.set(owner, FIRST_OF_WATCHER, next);
    else this.#removeWatcherRow(owner);
  }

  #unlinkFromPath(watch: number): void {
    const watches = this.#watches;
    const next = watches.get(watch, NEXT_OF_PATH);
    const previous = watches.get(watch, PREVIOUS_OF_PATH);
    const path = watches.get(watch, PATH);
    if (next === NONE && previous === NONE) return this.#removePath(path);
    if (next !== NONE) watches.set(next, PREVIOUS_OF_PATH, previous);
    else this.#paths.set(path, LAST_OF_PATH, previous);
    if (previous !== NONE) watches.set(previous, NEXT_OF_PATH, next);
    else this.#paths.set(path, FIRST_OF_PATH, next);
  }

  #addPath(bytes: Uint8Array, start: number, end: number, hash: number): number {
    const path = this.#paths.allocate();
    this.#paths.set(path, BLOB, this.#arena.store(bytes, start, end));
    this.#paths.set(path, LENGTH, end - start);
    this.#paths.set(path, HASH, hash);
    this.#paths.set(path, FIRST_OF_PATH, NONE);
    this.#paths.set(path, LAST_OF_PATH, NONE);
    this.#pathIndex.insert(hash, path);
    return path;
  }

  #removePath(path: number): void {
    this.#pathIndex.remove(this.#paths.get(path, HASH), path);
    this.#arena.free(this.#paths.get(path, BLOB), this.#paths.get(path, LENGTH));
    this.#paths.release(path);
  }

  #findPath(bytes: Uint8Array, start: number, end: number, hash: number): number {
    const length = end - start;
    for (let path = this.#pathIndex.first(hash); path !== NONE; path = this.#pathIndex.next()) {
      const blob = this.#paths.get(path, BLOB);
      if (this.#paths.get(path, LENGTH) !== length) continue;
      if (sameBytes(this.#arena.bytesOf(blob), this.#arena.offsetOf(blob), bytes, start, length)) return path;
    }
    return NONE;
  }

  #findWatch(path: number, owner: number): number {
    const hash = hashWords(path, owner);
    for (let watch = this.#watchIndex.first(hash); watch !== NONE; watch = this.#watchIndex.next()) {
      if (this.#watches.get(watch, PATH) === path && this.#watches.get(watch, WATCHER) === owner) return watch;
    }
    return NONE;
  }

  #addWatcher(watcher: WatcherId): number {
    const owner = this.#watchers.allocate();
    this.#watchers.set(owner, ID_HIGH, highWordOfNumber(watcher));
    this.#watchers.set(owner, ID_LOW, lowWordOfNumber(watcher));
    this.#watchers.set(owner, FIRST_OF_WATCHER, NONE);
    this.#watcherIndex.insert(watcherHash(watcher), owner);
    return owner;
  }

  #removeWatcherRow(owner: number): void {
    this.#watcherIndex.remove(watcherHash(this.#idOf(owner)), owner);
    this.#watchers.release(owner);
  }

  #findWatcher(watcher: WatcherId): number {
    const index = this.#watcherIndex;
    for (let owner = index.first(watcherHash(watcher)); owner !== NONE; owner = index.next()) {
      if (this.#idOf(owner) === watcher) return owner;
    }
    return NONE;
  }

  #idOf(owner: number): WatcherId {
    return numberOf(this.#watchers.get(owner, ID_HIGH), this.#watchers.get(owner, ID_LOW)) as WatcherId;
  }
}

const watcherHash = (watcher: number): number => hashWords(highWordOfNumber(watcher), lowWordOfNumber(watcher));
