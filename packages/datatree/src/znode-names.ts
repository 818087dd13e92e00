// Names of znodes in the arena, and the table from paths to znodes. A znode stores its own name only: a path is compared by
// walking up, and written by walking up.

import type { ByteArena } from './byte-arena.ts';
import { HashIndex } from './hash-index.ts';
import { Field, NO_NODE, type NodeStore } from './node-store.ts';
import type { PathKey } from './path-key.ts';

const SLASH = 0x2f;
/** A name this long or longer has its length in four more bytes. */
const LONG_NAME = 0xff;
const LONG_NAME_HEADER = 5;

export class ZnodeNames {
  readonly #nodes: NodeStore;
  readonly #arena: ByteArena;
  readonly #index = new HashIndex();

  constructor(nodes: NodeStore, arena: ByteArena) {
    this.#nodes = nodes;
    this.#arena = arena;
  }

  find(key: PathKey): number {
    return this.#find(key.hash, key.bytes, key.start, key.end);
  }

  /** -1 also for the root and for a path without a slash. */
  findParent(key: PathKey): number {
    return key.parentEnd < 0 ? NO_NODE : this.#find(key.parentHash, key.bytes, key.start, key.parentEnd);
  }

  /** The znode's parent must be set. */
  insert(key: PathKey, node: number): void {
    const start = key.isRoot ? key.end : key.nameStart;
    this.#nodes.set(node, Field.NAME, this.#storeName(key.bytes, start, key.end));
    this.#index.insert(key.hash, node);
  }

  remove(key: PathKey, node: number): void {
    this.#index.remove(key.hash, node);
    const ref = this.#nodes.get(node, Field.NAME);
    this.#arena.free(ref, headerLength(this.nameLength(node)) + this.nameLength(node));
  }

  nameLength(node: number): number {
    const ref = this.#nodes.get(node, Field.NAME);
    const bytes = this.#arena.bytesOf(ref);
    const at = this.#arena.offsetOf(ref);
    const short = bytes[at] as number;
    if (short < LONG_NAME) return short;
    return (
      ((bytes[at + 1] as number) << 24) |
      ((bytes[at + 2] as number) << 16) |
      ((bytes[at + 3] as number) << 8) |
      (bytes[at + 4] as number)
    );
  }

  /** The name is in this array from nameOffset(node) on. */
  nameBytes(node: number): Uint8Array {
    return this.#arena.bytesOf(this.#nodes.get(node, Field.NAME));
  }

  nameOffset(node: number): number {
    const ref = this.#nodes.get(node, Field.NAME);
    const at = this.#arena.offsetOf(ref);
    return at + ((this.#arena.bytesOf(ref)[at] as number) < LONG_NAME ? 1 : LONG_NAME_HEADER);
  }

  /** Sets `key` to the znode's path, in the key's own bytes. */
  writePath(node: number, key: PathKey): void {
    const nodes = this.#nodes;
    const length = this.#pathLength(node);
    const path = key.room(length);
    let to = length;
    for (let at = node; nodes.get(at, Field.PARENT) !== NO_NODE; at = nodes.get(at, Field.PARENT)) {
      to = this.#copyName(at, path, to);
      path[--to] = SLASH;
    }
    key.setBytes(path, 0, length);
  }

  #find(hash: number, bytes: Uint8Array, start: number, end: number): number {
    const index = this.#index;
    for (let node = index.first(hash); node !== NO_NODE; node = index.next()) {
      if (this.#matches(node, bytes, start, end)) return node;
    }
    return NO_NODE;
  }

  /** From the last name up: each must stand between two slashes, and the root where the path starts. */
  #matches(candidate: number, bytes: Uint8Array, start: number, end: number): boolean {
    const nodes = this.#nodes;
    let node = candidate;
    let to = end;
    for (let parent = nodes.get(node, Field.PARENT); parent !== NO_NODE; parent = nodes.get(node, Field.PARENT)) {
      const ref = nodes.get(node, Field.NAME);
      const name = this.#arena.bytesOf(ref);
      let at = this.#arena.offsetOf(ref);
      let length = name[at++] as number;
      if (length === LONG_NAME) {
        length = this.nameLength(node);
        at += LONG_NAME_HEADER - 1;
      }
      const from = to - length;
      if (from <= start || bytes[from - 1] !== SLASH) return false;
      for (let i = from; i < to; i++) if (bytes[i] !== name[at++]) return false;
      to = from - 1;
      node = parent;
    }
    return to === start;
  }

  #pathLength(node: number): number {
    const nodes = this.#nodes;
    let length = 0;
    for (let at = node; nodes.get(at, Field.PARENT) !== NO_NODE; at = nodes.get(at, Field.PARENT)) {
      length += this.nameLength(at) + 1;
    }
    return length;
  }

  /** Copies the name so that it ends before `end`; returns where it starts. */
  #copyName(node: number, target: Uint8Array, end: number): number {
    const bytes = this.nameBytes(node);
    const offset = this.nameOffset(node);
    const length = this.nameLength(node);
    const start = end - length;
    for (let i = 0; i < length; i++) target[start + i] = bytes[offset + i] as number;
    return start;
  }

  #storeName(source: Uint8Array, start: number, end: number): number {
    const length = end - start;
    const ref = this.#arena.allocate(headerLength(length) + length);
    const bytes = this.#arena.bytesOf(ref);
    let at = this.#arena.offsetOf(ref);
    if (length < LONG_NAME) {
      bytes[at++] = length;
    } else {
      bytes[at++] = LONG_NAME;
      for (let shift = 24; shift >= 0; shift -= 8) bytes[at++] = length >>> shift;
    }
    for (let i = start; i < end; i++) bytes[at++] = source[i] as number;
    return ref;
  }
}

const headerLength = (nameLength: number): number => (nameLength < LONG_NAME ? 1 : LONG_NAME_HEADER);
