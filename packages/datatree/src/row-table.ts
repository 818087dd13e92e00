// Rows of a few integers in chunks: no object per row, no copy when the table grows, and a freed row is used again.

const CHUNK_BITS = 10;
const CHUNK_ROWS = 1 << CHUNK_BITS;
const CHUNK_MASK = CHUNK_ROWS - 1;

const NONE = -1;
/** In a free row the first column links to the next free one: -2 - row, and so always below 0. */
const LINK = 0;
const LINK_BASE = -2;

export class RowTable {
  readonly #chunks: Int32Array[] = [];
  readonly #stride: number;
  #freeHead = NONE;
  #limit = 0;
  #count = 0;

  constructor(columns: number) {
    this.#stride = columns;
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
    return this.#freeHead === NONE ? this.#extend() : this.#takeFree();
  }

  release(row: number): void {
    this.#count--;
    this.set(row, LINK, LINK_BASE - this.#freeHead);
    this.#freeHead = row;
  }

  /** Only for a table whose first column is never negative while a row is in use. */
  isUsed(row: number): boolean {
    return row < this.#limit && this.get(row, LINK) >= 0;
  }

  get(row: number, column: number): number {
    const chunk = this.#chunks[row >>> CHUNK_BITS] as Int32Array;
    return chunk[(row & CHUNK_MASK) * this.#stride + column] as number;
  }

  set(row: number, column: number, value: number): void {
    const chunk = this.#chunks[row >>> CHUNK_BITS] as Int32Array;
    chunk[(row & CHUNK_MASK) * this.#stride + column] = value;
  }

  #takeFree(): number {
    const row = this.#freeHead;
    this.#freeHead = LINK_BASE - this.get(row, LINK);
    return row;
  }

  #extend(): number {
    if ((this.#limit & CHUNK_MASK) === 0) this.#chunks.push(new Int32Array(CHUNK_ROWS * this.#stride));
    return this.#limit++;
  }
}
