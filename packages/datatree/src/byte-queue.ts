// Bytes on their way into a snapshot: written as records, taken as slices. Segments are closed at a fixed size, so that a
// long queue is never copied as it grows.

import { JuteWriter } from '@zebu/jute';

const SEGMENT_BYTES = 64 * 1024;

export class ByteQueue {
  readonly #writer = new JuteWriter();
  #closed: Uint8Array[] = [];
  /** Bytes of the first closed segment that were taken. */
  #taken = 0;
  #closedBytes = 0;

  get length(): number {
    return this.#closedBytes + this.#writer.length;
  }

  /** Where records are written; call onWritten() after each. */
  get writer(): JuteWriter {
    return this.#writer;
  }

  onWritten(): void {
    if (this.#writer.length >= SEGMENT_BYTES) this.#closeSegment();
  }

  /** The next 1..maxBytes bytes; undefined when there are none. */
  take(maxBytes: number): Uint8Array | undefined {
    if (this.#closed.length === 0) {
      if (this.#writer.length === 0) return undefined;
      this.#closeSegment();
    }
    const segment = this.#closed[0] as Uint8Array;
    const start = this.#taken;
    const end = Math.min(start + maxBytes, segment.length);
    this.#closedBytes -= end - start;
    if (end < segment.length) {
      this.#taken = end;
      return segment.slice(start, end);
    }
    this.#closed.shift();
    this.#taken = 0;
    return start === 0 ? segment : segment.slice(start);
  }

  #closeSegment(): void {
    this.#closedBytes += this.#writer.length;
    this.#closed.push(this.#writer.take());
  }
}
