// Who waits for which path (ZooKeeper's WatchManager): both a trigger and the end of a connection cost what they remove.

import { hashWords } from './hash.ts';
import { HashIndex } from './hash-index.ts';
import type { WatcherId } from './watch-event-sink.ts';
import { NO_WATCH, WatchMode } from './watch-modes.ts';
import { WatchPathTable } from './watch-path-table.ts';
import { WatchRows } from './watch-rows.ts';
import { WatcherTable } from './watcher-table.ts';

const NONE = -1;
/** Up to here a path's list is searched; a longer one has an index, which costs some 13 bytes a watch. */
const MAX_SEARCHED_WATCHES = 8;
/** Watches of one who is gone that go at once; the others go with later calls, so that no call takes long. */
const FIRST_SWEEP_WATCHES = 1024;
const LATER_SWEEP_WATCHES = 32;

export class WatchTable {
  /** Of the watches on crowded paths, by path and watcher. */
  readonly #pairs = new HashIndex();
  readonly paths: WatchPathTable = new WatchPathTable();
  readonly watchers: WatcherTable = new WatcherTable();
  readonly #watches: WatchRows = new WatchRows(this.paths, this.watchers);
  /** Those who are gone and whose watches are not all gone yet. */
  readonly #gone: number[] = [];
  #goneCount = 0;
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
    return this.#watches.recursiveCount > 0;
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
    else if ((this.#watches.modesOf(watch) & mode) === 0) this.#setModes(watch, this.#watches.modesOf(watch) | mode);
  }

  /** NO_WATCH if there is none. */
  modesOf(bytes: Uint8Array, start: number, end: number, hash: number, watcher: WatcherId): number {
    const watch = this.#lookUp(bytes, start, end, hash, watcher);
    return watch === NONE ? NO_WATCH : this.#watches.modesOf(watch);
  }

  /** Ends what the watcher has there of these modes; false if that is nothing. */
  remove(bytes: Uint8Array, start: number, end: number, hash: number, modes: number, watcher: WatcherId): boolean {
    this.#sweep(LATER_SWEEP_WATCHES);
    const watch = this.#lookUp(bytes, start, end, hash, watcher);
    if (watch === NONE) return false;
    const before = this.#watches.modesOf(watch);
    const after = before & ~modes;
    if (after === before) return false;
    const owner = this.#watches.ownerOf(watch);
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
      const next = this.#watches.nextOfPath(watch);
      this.#fireOwner(this.#watches.ownerOf(watch));
      const modes = this.#watches.modesOf(watch);
      if ((modes & WatchMode.STANDARD) !== 0) this.#setModes(watch, modes & ~WatchMode.STANDARD);
      watch = next;
    }
  }

  /** All who watch the path with what is below it are to be told. */
  fireRecursive(bytes: Uint8Array, start: number, end: number, hash: number): void {
    const path = this.paths.find(bytes, start, end, hash);
    if (path === NONE) return;
    let watch = this.paths.first(path);
    while (watch !== NONE && (this.#watches.modesOf(watch) & WatchMode.RECURSIVE) !== 0) {
      this.#fireOwner(this.#watches.ownerOf(watch));
      watch = this.#watches.nextOfPath(watch);
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
    for (let watch = this.paths.first(path); watch !== NONE; watch = this.#watches.nextOfPath(watch)) {
      const owner = this.#watches.ownerOf(watch);
      if (!this.watchers.isGone(owner)) yield this.watchers.idOf(owner);
    }
  }

  *pathsOf(owner: number): Generator<string> {
    for (let watch = this.watchers.first(owner); watch !== NONE; watch = this.#watches.nextOfWatcher(watch)) {
      yield this.paths.text(this.#watches.pathOf(watch));
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
    while (watch !== NONE && this.#watches.ownerOf(watch) !== owner) watch = this.#watches.nextOfPath(watch);
    return watch;
  }

  #findPair(path: number, owner: number): number {
    const pairs = this.#pairs;
    for (let watch = pairs.first(hashWords(path, owner)); watch !== NONE; watch = pairs.next()) {
      if (this.#watches.pathOf(watch) === path && this.#watches.ownerOf(watch) === owner) return watch;
    }
    return NONE;
  }

  #create(path: number, owner: number, mode: WatchMode): void {
    const watch = this.#watches.create(path, owner, mode);
    if (this.paths.isCrowded(path)) this.#pairs.insert(hashWords(path, owner), watch);
    else this.#maybeIndex(path);
  }

  /** Without modes the watch ends. */
  #setModes(watch: number, modes: number): void {
    if (modes === NO_WATCH) this.#end(watch);
    else this.#watches.setModes(watch, modes);
  }

  #end(watch: number): void {
    const path = this.#watches.pathOf(watch);
    const owner = this.#watches.ownerOf(watch);
    if (this.paths.isCrowded(path)) this.#pairs.remove(hashWords(path, owner), watch);
    if (this.watchers.isGone(owner)) this.#goneCount--;
    this.#watches.release(watch);
    if (this.paths.first(path) === NONE) this.paths.remove(path);
  }

  #maybeIndex(path: number): void {
    let count = 0;
    for (let watch = this.paths.first(path); watch !== NONE; watch = this.#watches.nextOfPath(watch)) count++;
    if (count <= MAX_SEARCHED_WATCHES) return;
    this.paths.setCrowded(path);
    for (let watch = this.paths.first(path); watch !== NONE; watch = this.#watches.nextOfPath(watch)) {
      this.#pairs.insert(hashWords(path, this.#watches.ownerOf(watch)), watch);
    }
  }
}
