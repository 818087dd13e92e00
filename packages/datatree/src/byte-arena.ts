// Names and data of znodes in large shared buffers, so that a small value costs neither an object nor the frame it came in.
// Pages of 64 KiB hold blocks of one size class; an empty page serves any class again. Nothing ever moves.

import { assert } from '@zebu/protocol';
import { RowTable } from './row-table.ts';
import { blockUnits, MAX_BLOCK_BYTES, SIZE_CLASSES, sizeClassOf } from './size-classes.ts';

/** Where a blob is: its place in units of 8 bytes, or the complement of a slot among the long ones. */
export type BlobRef = number;
/** No blob: null data. */
export const NO_BLOB: BlobRef = 0;
/** A blob of no bytes. */
export const EMPTY_BLOB: BlobRef = 1;
/** Blocks of the first page that are never given out, for the two references above. */
const RESERVED_BLOCKS = 2;

const PAGE_UNIT_BITS = 13;
const PAGE_UNITS = 1 << PAGE_UNIT_BITS;
const CHUNK_PAGE_BITS = 1;
const CHUNK_PAGES = 1 << CHUNK_PAGE_BITS;
const CHUNK_UNIT_BITS = PAGE_UNIT_BITS + CHUNK_PAGE_BITS;
const CHUNK_UNITS = 1 << CHUNK_UNIT_BITS;
const MAX_CHUNKS = 1 << (31 - CHUNK_UNIT_BITS);

const NONE = -1;

/** Columns of a page's row. */
const CLASS = 0;
const USED = 1;
/** First freed block, as a unit within the page; the block's first word holds the next. */
const FREE = 2;
/** First unit never given out yet. */
const FRESH = 3;
/** Neighbours in the list of its class's pages with room. */
const NEXT = 4;
const PREVIOUS = 5;
const PAGE_COLUMNS = 6;

const NO_BYTES = new Uint8Array(0);

export class ByteArena {
  readonly #chunks: Uint8Array[] = [];
  /** The same memory, for the links of free blocks. */
  readonly #words: Int32Array[] = [];
  readonly #pages = new RowTable(PAGE_COLUMNS);
  readonly #emptyPages: number[] = [];
  /** First page with room, by class. */
  readonly #withRoom = new Int32Array(SIZE_CLASSES).fill(NONE);
  readonly #long: (Uint8Array | undefined)[] = [];
  readonly #freeLong: number[] = [];

  /** Bytes of memory taken, long blobs apart. */
  get pooledBytes(): number {
    return this.#chunks.length * CHUNK_UNITS * 8;
  }

  /** Copies bytes[start, end) in. */
  store(bytes: Uint8Array, start: number, end: number): BlobRef {
    const ref = this.allocate(end - start);
    if (ref !== EMPTY_BLOB) copy(bytes, start, end, this.bytesOf(ref), this.offsetOf(ref));
    return ref;
  }

  /** Room for `length` bytes, their content unspecified. */
  allocate(length: number): BlobRef {
    if (length === 0) return EMPTY_BLOB;
    if (length > MAX_BLOCK_BYTES) return this.#allocateLong(length);
    const sizeClass = sizeClassOf(length);
    let page = this.#withRoom[sizeClass] as number;
    if (page === NONE) page = this.#openPage(sizeClass);
    return (page << PAGE_UNIT_BITS) | this.#takeBlock(page, blockUnits(sizeClass));
  }

  /** `length` as it was stored. */
  free(ref: BlobRef, length: number): void {
    if (ref === NO_BLOB || ref === EMPTY_BLOB) return;
    if (ref < 0) {
      this.#long[~ref] = undefined;
      this.#freeLong.push(~ref);
      return;
    }
    const page = ref >>> PAGE_UNIT_BITS;
    assert(this.#pages.get(page, CLASS) === sizeClassOf(length), 'a blob is freed with the length it was stored with');
    this.#giveBack(page, ref);
  }

  /** The array that holds the blob, from offsetOf(ref) on. */
  bytesOf(ref: BlobRef): Uint8Array {
    if (ref < 0) return this.#long[~ref] as Uint8Array;
    return ref <= EMPTY_BLOB ? NO_BYTES : (this.#chunks[ref >>> CHUNK_UNIT_BITS] as Uint8Array);
  }

  offsetOf(ref: BlobRef): number {
    return ref <= EMPTY_BLOB ? 0 : (ref & (CHUNK_UNITS - 1)) * 8;
  }

  #takeBlock(page: number, units: number): number {
    const pages = this.#pages;
    let block = pages.get(page, FREE);
    if (block === NONE) {
      block = pages.get(page, FRESH);
      pages.set(page, FRESH, block + units);
    } else {
      pages.set(page, FREE, this.#linkOf(page, block));
    }
    pages.set(page, USED, pages.get(page, USED) + 1);
    if (!this.#hasRoom(page, units)) this.#unlink(page);
    return block;
  }

  #giveBack(page: number, ref: BlobRef): void {
    const pages = this.#pages;
    const hadRoom = this.#hasRoom(page, blockUnits(pages.get(page, CLASS)));
    const block = ref & (PAGE_UNITS - 1);
    this.#setLink(page, block, pages.get(page, FREE));
    pages.set(page, FREE, block);
    const used = pages.get(page, USED) - 1;
    pages.set(page, USED, used);
    if (!hadRoom) this.#link(page);
    if (used === 0) {
      this.#unlink(page);
      this.#emptyPages.push(page);
    }
  }

  #hasRoom(page: number, units: number): boolean {
    return this.#pages.get(page, FREE) !== NONE || this.#pages.get(page, FRESH) + units <= PAGE_UNITS;
  }

  #openPage(sizeClass: number): number {
    if (this.#emptyPages.length === 0) this.#addChunk();
    const page = this.#emptyPages.pop() as number;
    this.#pages.set(page, CLASS, sizeClass);
    this.#pages.set(page, USED, 0);
    this.#pages.set(page, FREE, NONE);
    this.#pages.set(page, FRESH, page === 0 ? RESERVED_BLOCKS * blockUnits(sizeClass) : 0);
    this.#link(page);
    return page;
  }

  #addChunk(): void {
    assert(this.#chunks.length < MAX_CHUNKS, 'the byte arena is full: 16 GiB of names and data');
    const buffer = new ArrayBuffer(CHUNK_UNITS * 8);
    this.#chunks.push(new Uint8Array(buffer));
    this.#words.push(new Int32Array(buffer));
    for (let i = 0; i < CHUNK_PAGES; i++) this.#emptyPages.push(this.#pages.allocate());
  }

  #link(page: number): void {
    const sizeClass = this.#pages.get(page, CLASS);
    const head = this.#withRoom[sizeClass] as number;
    this.#pages.set(page, NEXT, head);
    this.#pages.set(page, PREVIOUS, NONE);
    if (head !== NONE) this.#pages.set(head, PREVIOUS, page);
    this.#withRoom[sizeClass] = page;
  }

  #unlink(page: number): void {
    const next = this.#pages.get(page, NEXT);
    const previous = this.#pages.get(page, PREVIOUS);
    if (next !== NONE) this.#pages.set(next, PREVIOUS, previous);
    if (previous !== NONE) this.#pages.set(previous, NEXT, next);
    else this.#withRoom[this.#pages.get(page, CLASS)] = next;
  }

  #linkOf(page: number, block: number): number {
    return (this.#words[page >>> CHUNK_PAGE_BITS] as Int32Array)[wordOf(page, block)] as number;
  }

  #setLink(page: number, block: number, next: number): void {
    (this.#words[page >>> CHUNK_PAGE_BITS] as Int32Array)[wordOf(page, block)] = next;
  }

  #allocateLong(length: number): BlobRef {
    const slot = this.#freeLong.pop() ?? this.#long.length;
    this.#long[slot] = new Uint8Array(length);
    return ~slot;
  }
}

const wordOf = (page: number, block: number): number => ((page & (CHUNK_PAGES - 1)) * PAGE_UNITS + block) * 2;

/** Below this a loop beats the view that `set` needs. */
const COPY_BY_LOOP_BELOW = 64;

function copy(source: Uint8Array, start: number, end: number, target: Uint8Array, at: number): void {
  if (end - start >= COPY_BY_LOOP_BELOW) {
    target.set(source.subarray(start, end), at);
    return;
  }
  let to = at;
  for (let from = start; from < end; from++) target[to++] = source[from] as number;
}
