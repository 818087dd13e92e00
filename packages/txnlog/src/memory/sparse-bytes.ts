// A file's bytes in pages; a page that was never written is zeros, so that a preallocated log costs nothing.

const PAGE_BYTES = 4096;

export class SparseBytes {
  /** Invariant: no page holds a byte at or above #size that is not zero. */
  readonly #pages = new Map<number, Uint8Array>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** Up to `length` bytes; fewer only at the end. */
  read(position: number, length: number): Uint8Array {
    const end = Math.min(this.#size, position + length);
    const bytes = new Uint8Array(Math.max(0, end - position));
    for (let at = position; at < end; ) {
      const within = at % PAGE_BYTES;
      const count = Math.min(PAGE_BYTES - within, end - at);
      const page = this.#pages.get(Math.floor(at / PAGE_BYTES));
      if (page !== undefined) bytes.set(page.subarray(within, within + count), at - position);
      at += count;
    }
    return bytes;
  }

  write(bytes: Uint8Array, position: number): void {
    for (let done = 0; done < bytes.length; ) {
      const at = position + done;
      const within = at % PAGE_BYTES;
      const count = Math.min(PAGE_BYTES - within, bytes.length - done);
      this.#page(Math.floor(at / PAGE_BYTES)).set(bytes.subarray(done, done + count), within);
      done += count;
    }
    if (bytes.length > 0) this.#size = Math.max(this.#size, position + bytes.length);
  }

  truncate(size: number): void {
    if (size < this.#size) {
      const boundary = Math.floor(size / PAGE_BYTES);
      for (const number of this.#pages.keys()) if (number > boundary) this.#pages.delete(number);
      this.#pages.get(boundary)?.fill(0, size % PAGE_BYTES);
    }
    this.#size = size;
  }

  copy(): SparseBytes {
    const copy = new SparseBytes();
    for (const [number, page] of this.#pages) copy.#pages.set(number, page.slice());
    copy.#size = this.#size;
    return copy;
  }

  #page(number: number): Uint8Array {
    let page = this.#pages.get(number);
    if (page === undefined) {
      page = new Uint8Array(PAGE_BYTES);
      this.#pages.set(number, page);
    }
    return page;
  }
}
