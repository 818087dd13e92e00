// Whole frames out of a byte stream that splits and merges them as it likes.

import { FrameError } from './errors.ts';

const LENGTH_BYTES = 4;
/** One huge reply must not hold its memory for as long as the connection lives. */
const LARGEST_KEPT_BYTES = 65_536;

export class FrameAssembler {
  readonly #maxFrameBytes: number;
  /** The start of a frame whose end has not arrived; #carried bytes of it are filled. */
  #partial = new Uint8Array(0);
  #carried = 0;

  constructor(maxFrameBytes: number) {
    this.#maxFrameBytes = maxFrameBytes;
  }

  /** Gives every frame that is whole now, in one or two runs. Throws FrameError at a length that is negative or too large. */
  push(chunk: Uint8Array, onFrames: (frames: Uint8Array) => void): void {
    let start = 0;
    if (this.#carried > 0) {
      start = this.#complete(chunk);
      if (!this.#isWhole()) return;
      onFrames(this.#takePartial());
    }
    const end = this.#endOfWholeFrames(chunk, start);
    if (end > start) onFrames(start === 0 && end === chunk.length ? chunk : chunk.subarray(start, end));
    this.#carry(chunk, end);
  }

  #takePartial(): Uint8Array {
    const frame = this.#partial.subarray(0, this.#carried);
    this.#carried = 0;
    if (this.#partial.length > LARGEST_KEPT_BYTES) this.#partial = new Uint8Array(0);
    return frame;
  }

  /** Adds to the carried frame what it lacks; returns how much of the chunk that took. */
  #complete(chunk: Uint8Array): number {
    let taken = 0;
    while (taken < chunk.length && !this.#isWhole()) {
      const wanted = this.#carried < LENGTH_BYTES ? LENGTH_BYTES : this.#frameBytes();
      const end = Math.min(chunk.length, taken + wanted - this.#carried);
      this.#append(chunk.subarray(taken, end), wanted);
      taken = end;
    }
    return taken;
  }

  #isWhole(): boolean {
    return this.#carried >= LENGTH_BYTES && this.#carried === this.#frameBytes();
  }

  #frameBytes(): number {
    return LENGTH_BYTES + this.#checkedLength(this.#partial, 0);
  }

  #endOfWholeFrames(chunk: Uint8Array, start: number): number {
    let end = start;
    while (chunk.length - end >= LENGTH_BYTES) {
      const next = end + LENGTH_BYTES + this.#checkedLength(chunk, end);
      if (next > chunk.length) break;
      end = next;
    }
    return end;
  }

  #carry(chunk: Uint8Array, start: number): void {
    const left = chunk.length - start;
    if (left === 0) return;
    const frameBytes = left >= LENGTH_BYTES ? LENGTH_BYTES + this.#checkedLength(chunk, start) : LENGTH_BYTES;
    this.#append(chunk.subarray(start), frameBytes);
  }

  #append(bytes: Uint8Array, room: number): void {
    if (this.#partial.length < room) {
      const grown = new Uint8Array(room);
      grown.set(this.#partial.subarray(0, this.#carried));
      this.#partial = grown;
    }
    this.#partial.set(bytes, this.#carried);
    this.#carried += bytes.length;
  }

  #checkedLength(bytes: Uint8Array, at: number): number {
    const length =
      ((bytes[at] as number) << 24) |
      ((bytes[at + 1] as number) << 16) |
      ((bytes[at + 2] as number) << 8) |
      (bytes[at + 3] as number);
    if (length < 0 || length > this.#maxFrameBytes) {
      throw new FrameError(`frame of ${length} bytes; the limit is ${this.#maxFrameBytes}`);
    }
    return length;
  }
}
