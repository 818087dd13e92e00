// Cuts a byte stream into whole jute frames: a signed 4-byte length, then so many bytes. What is inside them is for others.

import { OversizedFrame } from './oversized-frame.ts';

/** Undefined when the connection may go on, else why it must not. */
export type FrameProblem = string | undefined;

/** Takes one or more whole frames with their lengths; false when nothing more is wanted. */
export type DeliverFrames = (frames: Uint8Array) => boolean;

const LENGTH_BYTES = 4;
/** A begun frame gets no more memory than this before its bytes arrive, whatever length it claims. */
const FIRST_CAPACITY = 4096;

/** Hands on as many whole frames at once as a chunk holds, without copying them; only a frame that chunks cut in two is copied. */
export class FrameAssembler {
  readonly #maxFrameBytes: number;
  readonly #oversized: OversizedFrame;
  /** The beginning of a frame. Invariant: shorter than that frame. */
  #partial: Uint8Array = new Uint8Array(0);
  #partialLength = 0;
  #deliveredAny = false;

  constructor(maxFrameBytes: number) {
    this.#maxFrameBytes = maxFrameBytes;
    this.#oversized = new OversizedFrame(maxFrameBytes);
  }

  /** Bytes of an unfinished frame that wait for its rest. */
  get bufferedBytes(): number {
    return this.#partialLength;
  }

  /** An oversized frame came: nothing is delivered any more. */
  get isDraining(): boolean {
    return this.#oversized.isDraining;
  }

  push(chunk: Uint8Array, deliver: DeliverFrames): FrameProblem {
    if (this.#oversized.isDraining) return this.#oversized.drain(chunk.length);
    let start = 0;
    if (this.#partialLength > 0) {
      const problem = this.#fillPartial(chunk);
      if (typeof problem === 'string') return problem;
      start = problem;
      if (this.#partialLength > 0) {
        if (this.#missingBytes() > 0) return undefined;
        const isLast = this.#isOversized(readLength(this.#partial, 0));
        if (!this.#deliver(this.#takePartial(), deliver)) return undefined;
        if (isLast) return this.#oversized.drain(chunk.length - start);
      }
    }
    return this.#deliverWhole(chunk, start, deliver);
  }

  #deliverWhole(chunk: Uint8Array, start: number, deliver: DeliverFrames): FrameProblem {
    let end = start;
    let problem: FrameProblem;
    let isLast = false;
    while (!isLast && chunk.length - end >= LENGTH_BYTES) {
      const length = readLength(chunk, end);
      problem = this.#lengthProblem(length, end > start);
      const wanted = this.#wantedBytes(length);
      if (problem !== undefined || chunk.length - end < wanted) break;
      end += wanted;
      isLast = this.#isOversized(length);
    }
    const whole = start === 0 && end === chunk.length ? chunk : chunk.subarray(start, end);
    if (whole.length > 0 && !this.#deliver(whole, deliver)) return undefined;
    if (isLast) return this.#oversized.drain(chunk.length - end);
    if (problem === undefined && end < chunk.length) this.#keep(chunk.subarray(end));
    return problem;
  }

  #deliver(frames: Uint8Array, deliver: DeliverFrames): boolean {
    this.#deliveredAny = true;
    return deliver(frames);
  }

  /** Tops the begun frame up; answers how many bytes of the chunk it took, or what is wrong with its length. */
  #fillPartial(chunk: Uint8Array): number | string {
    let taken = 0;
    if (this.#partialLength < LENGTH_BYTES) {
      taken = Math.min(LENGTH_BYTES - this.#partialLength, chunk.length);
      this.#append(chunk.subarray(0, taken));
      if (this.#partialLength < LENGTH_BYTES) return taken;
      const problem = this.#lengthProblem(readLength(this.#partial, 0), false);
      if (problem !== undefined) return problem;
    }
    const more = Math.min(this.#missingBytes(), chunk.length - taken);
    this.#append(chunk.subarray(taken, taken + more));
    return taken + more;
  }

  #missingBytes(): number {
    if (this.#partialLength < LENGTH_BYTES) return LENGTH_BYTES - this.#partialLength;
    return this.#wantedBytes(readLength(this.#partial, 0)) - this.#partialLength;
  }

  #takePartial(): Uint8Array {
    const frame = this.#partial.subarray(0, this.#partialLength);
    this.#partial = new Uint8Array(0);
    this.#partialLength = 0;
    return frame;
  }

  #keep(beginning: Uint8Array): void {
    this.#partialLength = 0;
    this.#append(beginning);
  }

  /** Grows by doubling: a client gets memory for what it sent, not for what it announced. */
  #append(bytes: Uint8Array): void {
    const needed = this.#partialLength + bytes.length;
    if (needed > this.#partial.length) {
      const grown = new Uint8Array(Math.max(needed, FIRST_CAPACITY, Math.min(2 * this.#partial.length, this.#limit())));
      grown.set(this.#partial.subarray(0, this.#partialLength));
      this.#partial = grown;
    }
    this.#partial.set(bytes, this.#partialLength);
    this.#partialLength = needed;
  }

  #limit(): number {
    return LENGTH_BYTES + this.#maxFrameBytes;
  }

  #isOversized(length: number): boolean {
    return length > this.#maxFrameBytes;
  }

  /** Of a frame with its length: all of it, or what is delivered of one that is oversized. */
  #wantedBytes(length: number): number {
    return LENGTH_BYTES + (this.#isOversized(length) ? OversizedFrame.KEPT_BYTES : length);
  }

  /** Who has not asked for a session yet has no reply to wait for. */
  #lengthProblem(length: number, followsFrame: boolean): FrameProblem {
    if (length < 0) return `a frame of the negative length ${length}`;
    if (!this.#isOversized(length) || ((this.#deliveredAny || followsFrame) && this.#oversized.mayDrain(length)))
      return undefined;
    return `a frame of ${length} bytes, more than jute.maxbuffer=${this.#maxFrameBytes}`;
  }
}

const readLength = (bytes: Uint8Array, at: number): number =>
  ((bytes[at] as number) << 24) |
  ((bytes[at + 1] as number) << 16) |
  ((bytes[at + 2] as number) << 8) |
  (bytes[at + 3] as number);
