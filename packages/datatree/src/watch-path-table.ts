// The paths that are watched, and for each the list of its watches.

import { ByteArena } from './byte-arena.ts';
import { hashBytes, sameBytes } from './hash.ts';
import { HashIndex } from './hash-index.ts';
import { textOf } from './path-key.ts';
import { RowTable } from './row-table.ts';

/** Twice the path's length, and 1 if the path is crowded. */
const LENGTH_AND_CROWDED = 0;
const BLOB = 1;
const FIRST = 2;
const LAST = 3;
const COLUMNS = 4;

const NONE = -1;

export class WatchPathTable {
  readonly #rows = new RowTable(COLUMNS);
  readonly #index = new HashIndex();
  readonly #arena = new ByteArena();

  get count(): number {
    return this.#rows.count;
  }

  /** Every row is below. */
  get limit(): number {
    return this.#rows.limit;
  }

  isUsed(path: number): boolean {
    return this.#rows.isUsed(path);
  }

  /** Invariant: neither end of the list is -1 between two changes. */
  first(path: number): number {
    return this.#rows.get(path, FIRST);
  }

  setFirst(path: number, watch: number): void {
    this.#rows.set(path, FIRST, watch);
  }

  last(path: number): number {
    return this.#rows.get(path, LAST);
  }

  setLast(path: number, watch: number): void {
    this.#rows.set(path, LAST, watch);
  }

  /** Its watches are found by an index, too. */
  isCrowded(path: number): boolean {
    return (this.#rows.get(path, LENGTH_AND_CROWDED) & 1) === 1;
  }

  setCrowded(path: number): void {
    this.#rows.set(path, LENGTH_AND_CROWDED, this.#rows.get(path, LENGTH_AND_CROWDED) | 1);
  }

  text(path: number): string {
    const blob = this.#rows.get(path, BLOB);
    const start = this.#arena.offsetOf(blob);
    return textOf(this.#arena.bytesOf(blob), start, start + this.#length(path));
  }

  /** The path is bytes[start, end), empty for the root. -1 if nobody watches it. */
  find(bytes: Uint8Array, start: number, end: number, hash: number): number {
    const length = end - start;
    for (let path = this.#index.first(hash); path !== NONE; path = this.#index.next()) {
      if (this.#length(path) !== length) continue;
      const blob = this.#rows.get(path, BLOB);
      if (sameBytes(this.#arena.bytesOf(blob), this.#arena.offsetOf(blob), bytes, start, length)) return path;
    }
    return NONE;
  }

  /** `hash` is hashBytes of the path. */
  add(bytes: Uint8Array, start: number, end: number, hash: number): number {
    const path = this.#rows.allocate();
    this.#rows.set(path, LENGTH_AND_CROWDED, (end - start) * 2);
    this.#rows.set(path, BLOB, this.#arena.store(bytes, start, end));
    this.#rows.set(path, FIRST, NONE);
    this.#rows.set(path, LAST, NONE);
    this.#index.insert(hash, path);
    return path;
  }

  remove(path: number): void {
    const blob = this.#rows.get(path, BLOB);
    const length = this.#length(path);
    const start = this.#arena.offsetOf(blob);
    this.#index.remove(hashBytes(this.#arena.bytesOf(blob), start, start + length), path);
    this.#arena.free(blob, length);
    this.#rows.release(path);
  }

  #length(path: number): number {
    return this.#rows.get(path, LENGTH_AND_CROWDED) >>> 1;
  }
}
