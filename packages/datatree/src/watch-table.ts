// Who waits for which path (ZooKeeper's WatchManager). A watch is a row in two linked lists, its path's and its watcher's, so
// that both a trigger and the end of a connection cost what they remove. All modes of one watcher on one path are one row.

import { hashWords } from './hash.ts';
import { HashIndex } from './hash-index.ts';
import { RowTable } from './row-table.ts';
import type { WatcherId } from './watch-event-sink.ts';
import { ALL_WATCH_MODES, NO_WATCH, WATCH_MODE_BITS, WatchMode } from './watch-modes.ts';
import { WatchPathTable } from './watch-path-table.ts';
import { WatcherTable } from './watcher-table.ts';

const PATH = 0;
/** The watcher's row, and in the low bits the modes. */
const OWNER_AND_MODES = 1;
/** The list of a path begins with its recursive watches. */
const NEXT_OF_PATH = 2;
const PREVIOUS_OF_PATH = 3;
const NEXT_OF_WATCHER = 4;
const PREVIOUS_OF_WATCHER = 5;
const COLUMNS = 6;

const NONE = -1;
/** Up to here a path's list is searched; a longer one has an index, which costs some 13 bytes a watch. */
const MAX_SEARCHED_WATCHES = 8;
/** Watches of one who is gone that go at once; the others go with later calls, so that no call takes long. */
const FIRST_SWEEP_WATCHES = 4096;
const LATER_SWEEP_WATCHES = 64;

export class WatchTable {
  readonly #watches = new RowTable(COLUMNS);
  /** Of the watches on crowded paths, by path and watcher. */
  readonly #pairs = new HashIndex();
  readonly paths: WatchPathTable = new WatchPathTable();
  readonly watchers: WatcherTable = new WatcherTable();
  /** Those who are gone and whose watches are not all gone yet. */
  readonly #gone: number[] = [];
  #goneCount = 0;
  #recursiveCount = 0;
  /** Whom the present trigger tells, each once. */
  readonly #fired: number[] = [];

  /** Pairs of path and watcher. */
  get count(): number {
    return this.#watches.count - this.#goneCount;
  }

  /** Without even watches of those who are gone. */
  get isEmpty(): boolean {
    return this.#watches.count === 0;
  }

  get hasRecursive(): boolean {
    return this.#recursiveCount > 0;
  }

  get firedCount(): number {
    return this.#fired.length;
  }

  /** A watch that is there already stays one. The path is bytes[start, end), empty for the root, and `hash` its hashBytes. */
  add(bytes: Uint8Array, start: number, end: number, hash: number, mode: WatchMode, watcher: WatcherId): void {
    this.#sweep(LATER_SWEEP_WATCHES);
    const knownPath = this.paths.find(bytes, start, end, hash);
    const knownOwner = this.watchers.find(watcher);
    const path = knownPath === NONE ? this.paths.add(bytes, start, end, hash) : knownPath;
    const owner = knownOwner === NONE ? this.watchers.add(watcher) : knownOwner;
    const watch = knownPath === NONE || knownOwner === NONE ? NONE : this.#find(path, owner);
    if (watch === NONE) this.#create(path, owner, mode);
    else if ((this.#modesOf(watch) & mode) === 0) this.#setModes(watch, this.#modesOf(watch) | mode);
  }

  /** NO_WATCH if there is none. */
  modesOf(bytes: Uint8Array, start: number, end: number, hash: number, watcher: WatcherId): number {
    const watch = this.#lookUp(bytes, start, end, hash, watcher);
    return watch === NONE ? NO_WATCH : this.#modesOf(watch);
  }

  /** Ends what the watcher has there of these modes; false if that is nothing. */
  remove(bytes: Uint8Array, start: number, end: number, hash: number, modes: number, watcher: WatcherId): boolean {
    this.#sweep(LATER_SWEEP_WATCHES);
    const watch = this.#lookUp(bytes, start, end, hash, watcher);
    if (watch === NONE) return false;
    const before = this.#modesOf(watch);
    const after = before & ~modes;
    if (after === before) return false;
    const owner = this.#ownerOf(watch);
    this.#setModes(watch, after);
    // WatchManager.unwatch forgets a watcher without watches; a trigger does not.
    if (this.watchers.watchCount(owner) === 0) this.#release(owner);
    return true;
  }

  removeWatcher(watcher: WatcherId): void {
    const owner = this.watchers.find(watcher);
    if (owner !== NONE) this.#release(owner);
    this.#sweep(FIRST_SWEEP_WATCHES);
  }

  /** All who watch the path are to be told, and one-shot watches end. */
  fire(bytes: Uint8Array, start: number, end: number, hash: number): void {
    this.#sweep(LATER_SWEEP_WATCHES);
    const path = this.paths.find(bytes, start, end, hash);
    if (path === NONE) return;
    let watch = this.paths.first(path);
    while (watch !== NONE) {
      const next = this.#watches.get(watch, NEXT_OF_PATH);
      this.#fireOwner(this.#ownerOf(watch));
      const modes = this.#modesOf(watch);
      if ((modes & WatchMode.STANDARD) !== 0) this.#setModes(watch, modes & ~WatchMode.STANDARD);
      watch = next;
    }
  }

  /** All who watch the path with what is below it are to be told. */
  fireRecursive(bytes: Uint8Array, start: number, end: number, hash: number): void {
    const path = this.paths.find(bytes, start, end, hash);
    if (path === NONE) return;
    let watch = this.paths.first(path);
    while (watch !== NONE && (this.#modesOf(watch) & WatchMode.RECURSIVE) !== 0) {
      this.#fireOwner(this.#ownerOf(watch));
      watch = this.#watches.get(watch, NEXT_OF_PATH);
    }
  }

  firedAt(place: number): WatcherId {
    return this.watchers.idOf(this.#fired[place] as number);
  }

  isFired(watcher: WatcherId): boolean {
    const owner = this.watchers.find(watcher);
    return owner !== NONE && this.watchers.isFired(owner);
  }

  clearFired(): void {
    for (const owner of this.#fired) this.watchers.setFired(owner, false);
    this.#fired.length = 0;
  }

  *watchersOf(path: number): Generator<WatcherId> {
    for (let watch = this.paths.first(path); watch !== NONE; watch = this.#watches.get(watch, NEXT_OF_PATH)) {
      const owner = this.#ownerOf(watch);
      if (!this.watchers.isGone(owner)) yield this.watchers.idOf(owner);
    }
  }

  *pathsOf(owner: number): Generator<string> {
    for (let watch = this.watchers.first(owner); watch !== NONE; watch = this.#watches.get(watch, NEXT_OF_WATCHER)) {
      yield this.paths.text(this.#watches.get(watch, PATH));
    }
  }

  #fireOwner(owner: number): void {
    if (this.watchers.isFired(owner) || this.watchers.isGone(owner)) return;
    this.watchers.setFired(owner, true);
    this.#fired.push(owner);
  }

  /** The watcher is gone; its watches go as the sweep comes to them. */
  #release(owner: number): void {
    this.watchers.setGone(owner);
    this.#goneCount += this.watchers.watchCount(owner);
    this.#gone.push(owner);
  }

  #sweep(limit: number): void {
    for (let left = limit; left > 0 && this.#gone.length > 0; left--) {
      const owner = this.#gone[this.#gone.length - 1] as number;
      const watch = this.watchers.first(owner);
      if (watch !== NONE) {
        this.#setModes(watch, NO_WATCH);
      } else {
        this.#gone.pop();
        this.watchers.release(owner);
      }
    }
  }

  #lookUp(bytes: Uint8Array, start: number, end: number, hash: number, watcher: WatcherId): number {
    const path = this.paths.find(bytes, start, end, hash);
    const owner = path === NONE ? NONE : this.watchers.find(watcher);
    return owner === NONE ? NONE : this.#find(path, owner);
  }

  #find(path: number, owner: number): number {
    if (this.paths.isCrowded(path)) return this.#findPair(path, owner);
    let watch = this.paths.first(path);
    while (watch !== NONE && this.#ownerOf(watch) !== owner) watch = this.#watches.get(watch, NEXT_OF_PATH);
    return watch;
  }

  #findPair(path: number, owner: number): number {
    const pairs = this.#pairs;
    for (let watch = pairs.first(hashWords(path, owner)); watch !== NONE; watch = pairs.next()) {
      if (this.#watches.get(watch, PATH) === path && this.#ownerOf(watch) === owner) return watch;
    }
    return NONE;
  }

  #create(path: number, owner: number, mode: WatchMode): void {
    const watches = this.#watches;
    const watch = watches.allocate();
    watches.set(watch, PATH, path);
    watches.set(watch, OWNER_AND_MODES, (owner << WATCH_MODE_BITS) | mode);
    this.#linkToPath(watch, path, mode);
    this.#linkToWatcher(watch, owner);
    if (mode === WatchMode.RECURSIVE) this.#recursiveCount++;
    if (this.paths.isCrowded(path)) this.#pairs.insert(hashWords(path, owner), watch);
    else this.#maybeIndex(path);
  }

  /** Without modes the watch ends. A change of RECURSIVE moves it to the other end of its path's list. */
  #setModes(watch: number, modes: number): void {
    const watches = this.#watches;
    const before = this.#modesOf(watch);
    const owner = this.#ownerOf(watch);
    const path = watches.get(watch, PATH);
    watches.set(watch, OWNER_AND_MODES, (owner << WATCH_MODE_BITS) | modes);
    const changed = (before ^ modes) & WatchMode.RECURSIVE;
    if (changed !== 0) this.#recursiveCount += (modes & WatchMode.RECURSIVE) === 0 ? -1 : 1;
    if (modes === NO_WATCH) return this.#end(watch, path, owner);
    if (changed === 0) return;
    this.#unlinkFromPath(watch, path);
    this.#linkToPath(watch, path, modes);
  }

  #end(watch: number, path: number, owner: number): void {
    if (this.paths.isCrowded(path)) this.#pairs.remove(hashWords(path, owner), watch);
    this.#unlinkFromPath(watch, path);
    if (this.paths.first(path) === NONE) this.paths.remove(path);
    this.#unlinkFromWatcher(watch, owner);
    if (this.watchers.isGone(owner)) this.#goneCount--;
    this.#watches.release(watch);
  }

  #maybeIndex(path: number): void {
    let count = 0;
    for (let watch = this.paths.first(path); watch !== NONE; watch = this.#watches.get(watch, NEXT_OF_PATH)) count++;
    if (count <= MAX_SEARCHED_WATCHES) return;
    this.paths.setCrowded(path);
    for (let watch = this.paths.first(path); watch !== NONE; watch = this.#watches.get(watch, NEXT_OF_PATH)) {
      this.#pairs.insert(hashWords(path, this.#ownerOf(watch)), watch);
    }
  }

  #linkToPath(watch: number, path: number, modes: number): void {
    const watches = this.#watches;
    const isFirst = (modes & WatchMode.RECURSIVE) !== 0;
    const next = isFirst ? this.paths.first(path) : NONE;
    const previous = isFirst ? NONE : this.paths.last(path);
    watches.set(watch, NEXT_OF_PATH, next);
    watches.set(watch, PREVIOUS_OF_PATH, previous);
    if (next !== NONE) watches.set(next, PREVIOUS_OF_PATH, watch);
    else this.paths.setLast(path, watch);
    if (previous !== NONE) watches.set(previous, NEXT_OF_PATH, watch);
    else this.paths.setFirst(path, watch);
  }

  #unlinkFromPath(watch: number, path: number): void {
    const watches = this.#watches;
    const next = watches.get(watch, NEXT_OF_PATH);
    const previous = watches.get(watch, PREVIOUS_OF_PATH);
    if (next !== NONE) watches.set(next, PREVIOUS_OF_PATH, previous);
    else this.paths.setLast(path, previous);
    if (previous !== NONE) watches.set(previous, NEXT_OF_PATH, next);
    else this.paths.setFirst(path, next);
  }

  #linkToWatcher(watch: number, owner: number): void {
    const first = this.watchers.first(owner);
    this.#watches.set(watch, NEXT_OF_WATCHER, first);
    this.#watches.set(watch, PREVIOUS_OF_WATCHER, NONE);
    if (first !== NONE) this.#watches.set(first, PREVIOUS_OF_WATCHER, watch);
    this.watchers.setFirst(owner, watch);
    this.watchers.countWatches(owner, 1);
  }

  #unlinkFromWatcher(watch: number, owner: number): void {
    const watches = this.#watches;
    const next = watches.get(watch, NEXT_OF_WATCHER);
    const previous = watches.get(watch, PREVIOUS_OF_WATCHER);
    if (next !== NONE) watches.set(next, PREVIOUS_OF_WATCHER, previous);
    if (previous !== NONE) watches.set(previous, NEXT_OF_WATCHER, next);
    else this.watchers.setFirst(owner, next);
    this.watchers.countWatches(owner, -1);
  }

  #ownerOf(watch: number): number {
    return this.#watches.get(watch, OWNER_AND_MODES) >>> WATCH_MODE_BITS;
  }

  #modesOf(watch: number): number {
    return this.#watches.get(watch, OWNER_AND_MODES) & ALL_WATCH_MODES;
  }
}
