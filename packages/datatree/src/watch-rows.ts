// Watches as rows in two linked lists, that of the path and that of the watcher. All modes of one watcher on one path are one
// row. The list of a path begins with its recursive watches, so that whoever looks for those alone stops at the first other.

import { RowTable } from './row-table.ts';
import { ALL_WATCH_MODES, WATCH_MODE_BITS, WatchMode } from './watch-modes.ts';
import type { WatchPathTable } from './watch-path-table.ts';
import type { WatcherTable } from './watcher-table.ts';

const PATH = 0;
/** The watcher's row, and in the low bits the modes. */
const OWNER_AND_MODES = 1;
const NEXT_OF_PATH = 2;
const PREVIOUS_OF_PATH = 3;
const NEXT_OF_WATCHER = 4;
const PREVIOUS_OF_WATCHER = 5;
const COLUMNS = 6;

const NONE = -1;

export class WatchRows {
  readonly #rows = new RowTable(COLUMNS);
  readonly #paths: WatchPathTable;
  readonly #watchers: WatcherTable;
  #recursiveCount = 0;

  constructor(paths: WatchPathTable, watchers: WatcherTable) {
    this.#paths = paths;
    this.#watchers = watchers;
  }

  get count(): number {
    return this.#rows.count;
  }

  get recursiveCount(): number {
    return this.#recursiveCount;
  }

  pathOf(watch: number): number {
    return this.#rows.get(watch, PATH);
  }

  ownerOf(watch: number): number {
    return this.#rows.get(watch, OWNER_AND_MODES) >>> WATCH_MODE_BITS;
  }

  modesOf(watch: number): number {
    return this.#rows.get(watch, OWNER_AND_MODES) & ALL_WATCH_MODES;
  }

  nextOfPath(watch: number): number {
    return this.#rows.get(watch, NEXT_OF_PATH);
  }

  nextOfWatcher(watch: number): number {
    return this.#rows.get(watch, NEXT_OF_WATCHER);
  }

  create(path: number, owner: number, mode: WatchMode): number {
    const watch = this.#rows.allocate();
    this.#rows.set(watch, PATH, path);
    this.#rows.set(watch, OWNER_AND_MODES, (owner << WATCH_MODE_BITS) | mode);
    this.#linkToPath(watch, path, mode);
    this.#linkToWatcher(watch, owner);
    if (mode === WatchMode.RECURSIVE) this.#recursiveCount++;
    return watch;
  }

  /** To one or more modes. */
  setModes(watch: number, modes: number): void {
    const changed = this.modesOf(watch) ^ modes;
    this.#rows.set(watch, OWNER_AND_MODES, (this.ownerOf(watch) << WATCH_MODE_BITS) | modes);
    if ((changed & WatchMode.RECURSIVE) === 0) return;
    this.#recursiveCount += (modes & WatchMode.RECURSIVE) === 0 ? -1 : 1;
    const path = this.pathOf(watch);
    this.#unlinkFromPath(watch, path);
    this.#linkToPath(watch, path, modes);
  }

  /** The lists of its path and of its watcher may be empty then. */
  release(watch: number): void {
    if ((this.modesOf(watch) & WatchMode.RECURSIVE) !== 0) this.#recursiveCount--;
    this.#unlinkFromPath(watch, this.pathOf(watch));
    this.#unlinkFromWatcher(watch, this.ownerOf(watch));
    this.#rows.release(watch);
  }

  #linkToPath(watch: number, path: number, modes: number): void {
    const isFirst = (modes & WatchMode.RECURSIVE) !== 0;
    const next = isFirst ? this.#paths.first(path) : NONE;
    const previous = isFirst ? NONE : this.#paths.last(path);
    this.#rows.set(watch, NEXT_OF_PATH, next);
    this.#rows.set(watch, PREVIOUS_OF_PATH, previous);
    this.#joinOfPath(path, previous, watch);
    this.#joinOfPath(path, watch, next);
  }

  #unlinkFromPath(watch: number, path: number): void {
    this.#joinOfPath(path, this.#rows.get(watch, PREVIOUS_OF_PATH), this.nextOfPath(watch));
  }

  /** -1 stands for the path itself, on either side. */
  #joinOfPath(path: number, previous: number, next: number): void {
    if (next !== NONE) this.#rows.set(next, PREVIOUS_OF_PATH, previous);
    else this.#paths.setLast(path, previous);
    if (previous !== NONE) this.#rows.set(previous, NEXT_OF_PATH, next);
    else this.#paths.setFirst(path, next);
  }

  #linkToWatcher(watch: number, owner: number): void {
    const first = this.#watchers.first(owner);
    this.#rows.set(watch, NEXT_OF_WATCHER, first);
    this.#rows.set(watch, PREVIOUS_OF_WATCHER, NONE);
    if (first !== NONE) this.#rows.set(first, PREVIOUS_OF_WATCHER, watch);
    this.#watchers.setFirst(owner, watch);
    this.#watchers.countWatches(owner, 1);
  }

  #unlinkFromWatcher(watch: number, owner: number): void {
    const next = this.nextOfWatcher(watch);
    const previous = this.#rows.get(watch, PREVIOUS_OF_WATCHER);
    if (next !== NONE) this.#rows.set(next, PREVIOUS_OF_WATCHER, previous);
    if (previous !== NONE) this.#rows.set(previous, NEXT_OF_WATCHER, next);
    else this.#watchers.setFirst(owner, next);
    this.#watchers.countWatches(owner, -1);
  }
}
