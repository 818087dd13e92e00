// Reads jute from a range of bytes. Every length is checked against what is there before anything is allocated, so
// garbage costs nothing and gives a JuteError, never another exception.

import { JuteError } from './jute-error.ts';
import { checkUtf8, readUtf8 } from './utf8.ts';

const NO_BYTES = new Uint8Array(0);
const TWO_TO_32 = 0x1_0000_0000;
/** Makes a long of two halves with a single bigint allocation. */
const LONG = new DataView(new ArrayBuffer(8));

export class JuteReader {
  #bytes: Uint8Array = NO_BYTES;
  #offset = 0;
  /** Invariant: #offset <= #end <= #bytes.length. */
  #end = 0;

  constructor(bytes: Uint8Array = NO_BYTES, start: number = 0, end: number = bytes.length) {
    this.reset(bytes, start, end);
  }

  /** Reads `bytes` from `start` up to `end` from now on. */
  reset(bytes: Uint8Array, start: number = 0, end: number = bytes.length): void {
    if (!(start >= 0 && start <= end && end <= bytes.length)) {
      throw new JuteError(`no bytes ${start}..${end} in ${bytes.length}`, start);
    }
    this.#bytes = bytes;
    this.#offset = start;
    this.#end = end;
  }

  get bytes(): Uint8Array {
    return this.#bytes;
  }

  /** Position in `bytes` of what is read next. */
  get offset(): number {
    return this.#offset;
  }

  get remaining(): number {
    return this.#end - this.#offset;
  }

  readInt(): number {
    const at = this.#advance(4, 'int');
    const bytes = this.#bytes;
    return (
      ((bytes[at] as number) << 24) |
      ((bytes[at + 1] as number) << 16) |
      ((bytes[at + 2] as number) << 8) |
      (bytes[at + 3] as number)
    );
  }

  readUint32(): number {
    return this.readInt() >>> 0;
  }

  /** Signed, as in Java. */
  readLong(): bigint {
    this.#need(8, 'long');
    LONG.setInt32(0, this.readInt());
    LONG.setInt32(4, this.readInt());
    return LONG.getBigInt64(0);
  }

  /** A long that must be a safe integer, such as a time. */
  readLongNumber(): number {
    this.#need(8, 'long');
    const at = this.#offset;
    const high = this.readInt();
    const value = high * TWO_TO_32 + this.readUint32();
    if (!Number.isSafeInteger(value)) throw new JuteError('long beyond the safe integers', at);
    return value;
  }

  /** As Java's DataInput: any byte but 0 is true. */
  readBool(): boolean {
    return this.#bytes[this.#advance(1, 'boolean')] !== 0;
  }

  readString(): string | null {
    const length = this.#readLength('string');
    if (length < 0) return null;
    const start = this.#offset;
    this.#offset = start + length;
    return readUtf8(this.#bytes, start, start + length);
  }

  /** Passes over a string that readString would read, without making it. False for null. */
  skipString(): boolean {
    const length = this.#readLength('string');
    if (length < 0) return false;
    const start = this.#offset;
    this.#offset = start + length;
    checkUtf8(this.#bytes, start, start + length);
    return true;
  }

  /** A view into `bytes`, not a copy. A plain one also of a Node Buffer, whose `slice` would not copy. */
  readBuffer(): Uint8Array | null {
    const length = this.#readLength('buffer');
    if (length < 0) return null;
    const start = this.#offset;
    this.#offset = start + length;
    return new Uint8Array(this.#bytes.buffer, this.#bytes.byteOffset + start, length);
  }

  /** Elements of a vector, -1 for null. Each takes at least `minimumBytes`, so an absurd count is refused before a loop starts. */
  readCount(minimumBytes: number): number {
    const at = this.#offset;
    const count = this.readInt();
    if (count < -1) throw new JuteError(`negative vector count ${count}`, at);
    if (count * minimumBytes > this.remaining) {
      throw new JuteError(`vector count ${count} with ${this.remaining} bytes left`, at);
    }
    return count;
  }

  skip(count: number): void {
    if (count < 0) throw new JuteError(`negative skip ${count}`, this.#offset);
    this.#advance(count, 'bytes');
  }

  #readLength(what: string): number {
    const at = this.#offset;
    const length = this.readInt();
    if (length < -1) throw new JuteError(`negative ${what} length ${length}`, at);
    if (length > this.remaining) throw new JuteError(`${what} length ${length} with ${this.remaining} bytes left`, at);
    return length;
  }

  #advance(count: number, what: string): number {
    this.#need(count, what);
    const at = this.#offset;
    this.#offset = at + count;
    return at;
  }

  #need(count: number, what: string): void {
    if (this.#offset + count > this.#end) {
      throw new JuteError(`truncated ${what}: ${count} bytes needed, ${this.remaining} left`, this.#offset);
    }
  }
}
