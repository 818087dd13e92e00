// A set of small integers as bits, in chunks that exist only where a bit was set: empty, it costs nothing however large the
// tables are whose rows it marks.

const CHUNK_BITS = 15;
const CHUNK_WORDS = 1 << (CHUNK_BITS - 5);

export class SlotSet {
  readonly #chunks: (Int32Array | undefined)[] = [];

  has(slot: number): boolean {
    const chunk = this.#chunks[slot >>> CHUNK_BITS];
    return chunk !== undefined && (((chunk[wordOf(slot)] as number) >>> (slot & 31)) & 1) === 1;
  }

  add(slot: number): void {
    const chunk = this.#chunks[slot >>> CHUNK_BITS] ?? new Int32Array(CHUNK_WORDS);
    chunk[wordOf(slot)] = (chunk[wordOf(slot)] as number) | (1 << (slot & 31));
    this.#chunks[slot >>> CHUNK_BITS] = chunk;
  }

  copy(): SlotSet {
    const copy = new SlotSet();
    for (const [index, chunk] of this.#chunks.entries()) copy.#chunks[index] = chunk?.slice();
    return copy;
  }
}

const wordOf = (slot: number): number => (slot >>> 5) & (CHUNK_WORDS - 1);
