// Writes jute: big-endian integers, length-prefixed strings and buffers (-1 for null), into one growing array.

import { assert } from '@zebu/protocol';
import { writeUtf8 } from './utf8.ts';

const DEFAULT_CAPACITY = 256;
const TWO_TO_32 = 0x1_0000_0000;
/** A UTF-16 unit takes at most three bytes; a surrogate pair takes four for its two units. */
const MAX_BYTES_PER_UNIT = 3;

export class JuteWriter {
  #bytes: Uint8Array;
  #data: DataView;
  /** Invariant: #length <= #bytes.length; what lies beyond it is unspecified. */
  #length = 0;

  constructor(initialCapacity: number = DEFAULT_CAPACITY) {
    this.#bytes = new Uint8Array(initialCapacity);
    this.#data = new DataView(this.#bytes.buffer);
  }

  /** Bytes written so far. */
  get length(): number {
    return this.#length;
  }

  writeInt(value: number): void {
    const at = this.#advance(4);
    this.#data.setInt32(at, value);
  }

  writeLong(value: bigint): void {
    const at = this.#advance(8);
    this.#data.setBigInt64(at, value);
  }

  /** A long from its two halves, for hot loops that hold no bigint. */
  writeLongHalves(high: number, low: number): void {
    const at = this.#advance(8);
    this.#data.setUint32(at, high);
    this.#data.setUint32(at + 4, low);
  }

  /** A long from a safe integer of either sign. */
  writeLongNumber(value: number): void {
    assert(Number.isSafeInteger(value), `not a safe integer: ${value}`);
    this.writeLongHalves(Math.floor(value / TWO_TO_32), value);
  }

  writeBool(value: boolean): void {
    const at = this.#advance(1);
    this.#bytes[at] = value ? 1 : 0;
  }

  writeString(value: string | null): void {
    if (value === null) {
      this.writeInt(-1);
      return;
    }
    this.#ensure(4 + value.length * MAX_BYTES_PER_UNIT);
    const start = this.#length + 4;
    const end = writeUtf8(this.#bytes, start, value);
    this.#data.setInt32(start - 4, end - start);
    this.#length = end;
  }

  writeBuffer(bytes: Uint8Array | null): void {
    if (bytes === null) {
      this.writeInt(-1);
      return;
    }
    this.#ensure(4 + bytes.length);
    this.writeInt(bytes.length);
    this.writeRaw(bytes);
  }

  /** Bytes as they are, without a length. */
  writeRaw(bytes: Uint8Array, start: number = 0, end: number = bytes.length): void {
    assert(start >= 0 && start <= end && end <= bytes.length, `no bytes ${start}..${end} in ${bytes.length}`);
    const at = this.#advance(end - start);
    copyBytes(bytes, start, end, this.#bytes, at);
  }

  /** Advances over `count` zero bytes and says where they are, for a length or a count that is known later. */
  reserve(count: number): number {
    const at = this.#advance(count);
    this.#bytes.fill(0, at, at + count);
    return at;
  }

  patchInt(offset: number, value: number): void {
    assert(
      offset >= 0 && offset + 4 <= this.#length,
      `patch at ${offset} outside of the ${this.#length} bytes written`,
    );
    this.#data.setInt32(offset, value);
  }

  /** Forgets what was written behind the first `length` bytes. */
  truncate(length: number): void {
    assert(length >= 0 && length <= this.#length, `no ${length} of the ${this.#length} bytes written`);
    this.#length = length;
  }

  /** What was written; valid until the next write. */
  view(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  /** An exact copy of what was written, the caller's own; the writer starts anew. */
  take(): Uint8Array {
    const taken = this.#bytes.slice(0, this.#length);
    this.#length = 0;
    return taken;
  }

  /** Forgets what was written and keeps the capacity. */
  reset(): void {
    this.#length = 0;
  }

  /** May replace #bytes and #data: fetch those afterwards. */
  #advance(count: number): number {
    this.#ensure(count);
    const at = this.#length;
    this.#length = at + count;
    return at;
  }

  #ensure(count: number): void {
    if (this.#length + count > this.#bytes.length) this.#grow(this.#length + count);
  }

  #grow(needed: number): void {
    const grown = new Uint8Array(Math.max(needed, this.#bytes.length * 2));
    grown.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = grown;
    this.#data = new DataView(grown.buffer);
  }
}

/** Below this a loop beats the view that `set` needs. */
const COPY_BY_LOOP_BELOW = 64;

function copyBytes(source: Uint8Array, start: number, end: number, target: Uint8Array, at: number): void {
  if (end - start >= COPY_BY_LOOP_BELOW) {
    target.set(start === 0 && end === source.length ? source : source.subarray(start, end), at);
    return;
  }
  let to = at;
  for (let from = start; from < end; from++) target[to++] = source[from] as number;
}
