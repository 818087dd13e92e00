// From a hash to the rows that have it. The index knows no keys: the caller compares them, so a row costs eight bytes here
// and nothing is boxed. Shards stay small, since each grows by itself: no insertion ever moves more than one shard
// (one Map.set of 1.5 million keys was measured at 136 ms).

const SHARD_BITS = 8;
const SHARD_SHIFT = 32 - SHARD_BITS;
const FIRST_SLOTS = 8;
/** Slots may be taken up to this part, in 32nds: linear probing stays short. */
const MAX_LOAD_32NDS = 26;

const NONE = -1;

/** Pairs of hash and row + 1; row + 1 is 0 in an empty slot. */
interface Shard {
  slots: Int32Array;
  count: number;
}

export class HashIndex {
  readonly #shards: (Shard | undefined)[] = [];
  #size = 0;
  /** Where first() and next() stand. */
  #slots: Int32Array = new Int32Array(0);
  #hash = 0;
  #slot = 0;

  get size(): number {
    return this.#size;
  }

  /** The first row with this hash, or -1. Until the next change next() gives the others. */
  first(hash: number): number {
    const shard = this.#shards[hash >>> SHARD_SHIFT];
    if (shard === undefined) return NONE;
    this.#slots = shard.slots;
    this.#hash = hash;
    this.#slot = (hash & (shard.slots.length / 2 - 1)) * 2;
    return this.next();
  }

  next(): number {
    const slots = this.#slots;
    const wrap = slots.length - 1;
    let slot = this.#slot;
    for (;;) {
      const row = (slots[slot + 1] as number) - 1;
      if (row < 0) return NONE;
      const matches = slots[slot] === this.#hash;
      slot = (slot + 2) & wrap;
      if (matches) {
        this.#slot = slot;
        return row;
      }
    }
  }

  insert(hash: number, row: number): void {
    const shard = this.#shardOf(hash);
    if ((shard.count + 1) * 64 > shard.slots.length * MAX_LOAD_32NDS) {
      shard.slots = rehashed(shard.slots);
    }
    place(shard.slots, hash, row + 1);
    shard.count++;
    this.#size++;
  }

  /** The row must be there under this hash. */
  remove(hash: number, row: number): void {
    const shard = this.#shardOf(hash);
    const slots = shard.slots;
    const wrap = slots.length - 1;
    let slot = (hash & (slots.length / 2 - 1)) * 2;
    while (slots[slot + 1] !== row + 1) slot = (slot + 2) & wrap;
    closeGap(slots, slot);
    shard.count--;
    this.#size--;
  }

  #shardOf(hash: number): Shard {
    const number = hash >>> SHARD_SHIFT;
    const existing = this.#shards[number];
    if (existing !== undefined) return existing;
    const created = { slots: new Int32Array(FIRST_SLOTS * 2), count: 0 };
    this.#shards[number] = created;
    return created;
  }
}

function place(slots: Int32Array, hash: number, entry: number): void {
  const wrap = slots.length - 1;
  let slot = (hash & (slots.length / 2 - 1)) * 2;
  while (slots[slot + 1] !== 0) slot = (slot + 2) & wrap;
  slots[slot] = hash;
  slots[slot + 1] = entry;
}

function rehashed(slots: Int32Array): Int32Array {
  const grown = new Int32Array(slots.length * 2);
  for (let slot = 0; slot < slots.length; slot += 2) {
    const entry = slots[slot + 1] as number;
    if (entry !== 0) place(grown, slots[slot] as number, entry);
  }
  return grown;
}

/** Deletion without tombstones: whatever was pushed past the gap by it moves back (Knuth, TAOCP 6.4, algorithm R). */
function closeGap(slots: Int32Array, start: number): void {
  const wrap = slots.length - 1;
  let gap = start;
  let slot = (gap + 2) & wrap;
  while (slots[slot + 1] !== 0) {
    const home = ((slots[slot] as number) & (slots.length / 2 - 1)) * 2;
    if (((slot - home) & wrap) >= ((slot - gap) & wrap)) {
      slots[gap] = slots[slot] as number;
      slots[gap + 1] = slots[slot + 1] as number;
      gap = slot;
    }
    slot = (slot + 2) & wrap;
  }
  slots[gap + 1] = 0;
}
