// Rows of a few integers in chunks: no object per row, no copy when the table grows, and a freed row is used again.

const CHUNK_BITS = 10;
const CHUNK_ROWS = 1 << CHUNK_BITS;
const CHUNK_MASK = CHUNK_ROWS - 1;

const NONE = -1;
/** What the first integer of a row holds while it is in use; in a free row it links to the next free one. */
const IN_USE = -2;

export class RowTable {
  readonly #chunks: Int32Array[] = [];
  readonly #stride: number;
  #freeHead = NONE;
  #limit = 0;
  #count = 0;

  constructor(columns: number) {
    this.#stride = columns + 1;
  }

  get count(): number {
    return this.#count;
  }

  /** Every row is below. */
  get limit(): number {
    return this.#limit;
  }

  /** What the row's columns hold is unspecified. */
  allocate(): number {
    this.#count++;
    const row = this.#freeHead === NONE ? this.#extend() : this.#takeFree();
    this.set(row, NONE, IN_USE);
    return row;
  }

  release(row: number): void {
    this.#count--;
    this.set(row, NONE, this.#freeHead);
    this.#freeHead = row;
  }

  isUsed(row: number): boolean {
    return row < this.#limit && this.get(row, NONE) === IN_USE;
  }

  get(row: number, column: number): number {
    const chunk = this.#chunks[row >>> CHUNK_BITS] as Int32Array;
    return chunk[(row & CHUNK_MASK) * this.#stride + column + 1] as number;
  }

  set(row: number, column: number, value: number): void {
    const chunk = this.#chunks[row >>> CHUNK_BITS] as Int32Array;
    chunk[(row & CHUNK_MASK) * this.#stride + column + 1] = value;
  }

  #takeFree(): number {
    const row = this.#freeHead;
    this.#freeHead = this.get(row, NONE);
    return row;
  }

  #extend(): number {
    if ((this.#limit & CHUNK_MASK) === 0) this.#chunks.push(new Int32Array(CHUNK_ROWS * this.#stride));
    return this.#limit++;
  }
}
