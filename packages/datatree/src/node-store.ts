// The records of znodes: 108 bytes each in slabs, of which the first 68 are the Stat as clients get it, so that a read copies
// bytes. A znode is a number here. Which znode a path names, and what a change must keep in step, is decided elsewhere.

import { crcInt, crcLong, crcRegister, crcValue } from './crc32.ts';

const SLAB_BITS = 10;
const SLAB_NODES = 1 << SLAB_BITS;
const SLAB_MASK = SLAB_NODES - 1;
const RECORD_WORDS = 27;
const RECORD_BYTES = RECORD_WORDS * 4;

export const NO_NODE = -1;
/** The parent of a record that is not in use. */
const FREE = -2;

/** Offsets of the Stat's fields on the wire. */
export const StatOffset = {
  CZXID: 0,
  MZXID: 8,
  CTIME: 16,
  MTIME: 24,
  VERSION: 32,
  /** What clients see: 2 x stored counter - numChildren. */
  CVERSION: 36,
  AVERSION: 40,
  /** What clients see: 0 for container and TTL znodes. */
  EPHEMERAL_OWNER: 44,
  DATA_LENGTH: 52,
  NUM_CHILDREN: 56,
  PZXID: 60,
} as const;

/** Words of the record behind the Stat. */
export const Field = {
  PARENT: 17,
  FIRST_CHILD: 18,
  NEXT_SIBLING: 19,
  PREVIOUS_SIBLING: 20,
  /** Blob of the name, behind its length. */
  NAME: 21,
  /** Blob of the data; its length is in the Stat. */
  DATA: 22,
  /** Checksum of path and data. */
  CONTENT_CRC: 23,
  DIGEST: 24,
  /** Slot in the ACL cache. */
  ACL: 25,
  /** The counter of creations below the znode, as snapshots and digests have it. */
  STORED_CVERSION: 26,
} as const;
type FieldWord = (typeof Field)[keyof typeof Field];

/** Columns that few trees need; a slab has one only once a znode in it does. */
export const RareField = {
  /** Neighbours in the list of a session's ephemeral znodes. */
  NEXT_EPHEMERAL: 0,
  PREVIOUS_EPHEMERAL: 1,
  /** Stored ephemeralOwner of container and TTL znodes, which the Stat does not show. */
  OWNER_HIGH: 2,
  OWNER_LOW: 3,
  /** Descendants that are not children. */
  DEEPER_DESCENDANTS: 4,
} as const;
type RareWord = (typeof RareField)[keyof typeof RareField];

interface Slab {
  readonly bytes: Uint8Array;
  readonly words: Int32Array;
  readonly view: DataView;
  readonly rare: (Int32Array | undefined)[];
  used: number;
}

export class NodeStore {
  readonly #slabs: Slab[] = [];
  #freeHead = NO_NODE;
  #limit = 0;
  #count = 0;

  get count(): number {
    return this.#count;
  }

  /** Every znode's number is below. */
  get limit(): number {
    return this.#limit;
  }

  /** A record of zeros without parent and children. */
  allocate(): number {
    const node = this.#freeHead === NO_NODE ? this.#extend() : this.#takeFree();
    const slab = this.#slabs[node >>> SLAB_BITS] as Slab;
    const base = (node & SLAB_MASK) * RECORD_WORDS;
    slab.words.fill(0, base, base + RECORD_WORDS);
    slab.words.fill(NO_NODE, base + Field.PARENT, base + Field.PREVIOUS_SIBLING + 1);
    for (const column of slab.rare) if (column !== undefined) column[node & SLAB_MASK] = 0;
    slab.used++;
    this.#count++;
    return node;
  }

  release(node: number): void {
    (this.#slabs[node >>> SLAB_BITS] as Slab).used--;
    this.#count--;
    this.set(node, Field.PARENT, FREE);
    this.set(node, Field.NEXT_SIBLING, this.#freeHead);
    this.#freeHead = node;
  }

  /** The next znode at or after `from`, in no particular order; -1 if there is none below `limit`. */
  nextUsed(from: number, limit: number): number {
    let node = from;
    while (node < limit) {
      const slab = this.#slabs[node >>> SLAB_BITS] as Slab;
      if (slab.used === 0) node = (node | SLAB_MASK) + 1;
      else if (slab.words[(node & SLAB_MASK) * RECORD_WORDS + Field.PARENT] !== FREE) return node;
      else node++;
    }
    return NO_NODE;
  }

  /** The next container or TTL znode at or after `from`; -1 if there is none below `limit`. */
  nextExtended(from: number, limit: number): number {
    for (let node = this.nextUsed(from, limit); node !== NO_NODE; node = this.nextUsed(node + 1, limit)) {
      const column = (this.#slabs[node >>> SLAB_BITS] as Slab).rare[RareField.OWNER_HIGH];
      if (column === undefined) node |= SLAB_MASK;
      else if (column[node & SLAB_MASK] !== 0) return node;
    }
    return NO_NODE;
  }

  get(node: number, field: FieldWord): number {
    const slab = this.#slabs[node >>> SLAB_BITS] as Slab;
    return slab.words[(node & SLAB_MASK) * RECORD_WORDS + field] as number;
  }

  set(node: number, field: FieldWord, value: number): void {
    const slab = this.#slabs[node >>> SLAB_BITS] as Slab;
    slab.words[(node & SLAB_MASK) * RECORD_WORDS + field] = value;
  }

  getRare(node: number, field: RareWord): number {
    return (this.#slabs[node >>> SLAB_BITS] as Slab).rare[field]?.[node & SLAB_MASK] ?? 0;
  }

  setRare(node: number, field: RareWord, value: number): void {
    const slab = this.#slabs[node >>> SLAB_BITS] as Slab;
    const column = slab.rare[field] ?? new Int32Array(SLAB_NODES);
    column[node & SLAB_MASK] = value;
    slab.rare[field] = column;
  }

  /** A word of the Stat by its offset; also either half of a long. */
  statInt(node: number, offset: number): number {
    const slab = this.#slabs[node >>> SLAB_BITS] as Slab;
    return slab.view.getInt32((node & SLAB_MASK) * RECORD_BYTES + offset);
  }

  setStatInt(node: number, offset: number, value: number): void {
    const slab = this.#slabs[node >>> SLAB_BITS] as Slab;
    slab.view.setInt32((node & SLAB_MASK) * RECORD_BYTES + offset, value);
  }

  setStatLong(node: number, offset: number, high: number, low: number): void {
    const { view } = this.#slabs[node >>> SLAB_BITS] as Slab;
    const at = (node & SLAB_MASK) * RECORD_BYTES + offset;
    view.setInt32(at, high);
    view.setInt32(at + 4, low);
  }

  /** The Stat's 68 bytes are in this array from statOffset(node) on. */
  statBytes(node: number): Uint8Array {
    return (this.#slabs[node >>> SLAB_BITS] as Slab).bytes;
  }

  statOffset(node: number): number {
    return (node & SLAB_MASK) * RECORD_BYTES;
  }

  /** A change of the stored counter or of the number of children shows in the Stat (DataNode.copyStat). */
  refreshCversion(node: number): void {
    const children = this.statInt(node, StatOffset.NUM_CHILDREN);
    this.setStatInt(node, StatOffset.CVERSION, (this.get(node, Field.STORED_CVERSION) * 2 - children) | 0);
  }

  ownerHigh(node: number): number {
    return this.getRare(node, RareField.OWNER_HIGH) | this.statInt(node, StatOffset.EPHEMERAL_OWNER);
  }

  ownerLow(node: number): number {
    return this.getRare(node, RareField.OWNER_LOW) | this.statInt(node, StatOffset.EPHEMERAL_OWNER + 4);
  }

  /** The digest of the record as it is now, from CONTENT_CRC and the Stat (DigestCalculator's order of fields). */
  computeDigest(node: number): number {
    const { view, words } = this.#slabs[node >>> SLAB_BITS] as Slab;
    const at = (node & SLAB_MASK) * RECORD_BYTES;
    const base = (node & SLAB_MASK) * RECORD_WORDS;
    let crc = crcRegister(words[base + Field.CONTENT_CRC] as number);
    crc = crcLong(crc, view.getInt32(at + StatOffset.CZXID), view.getInt32(at + StatOffset.CZXID + 4));
    crc = crcLong(crc, view.getInt32(at + StatOffset.MZXID), view.getInt32(at + StatOffset.MZXID + 4));
    crc = crcLong(crc, view.getInt32(at + StatOffset.PZXID), view.getInt32(at + StatOffset.PZXID + 4));
    crc = crcLong(crc, view.getInt32(at + StatOffset.CTIME), view.getInt32(at + StatOffset.CTIME + 4));
    crc = crcLong(crc, view.getInt32(at + StatOffset.MTIME), view.getInt32(at + StatOffset.MTIME + 4));
    crc = crcLong(crc, view.getInt32(at + StatOffset.VERSION), words[base + Field.STORED_CVERSION] as number);
    crc = crcInt(crc, view.getInt32(at + StatOffset.AVERSION));
    return crcValue(crcLong(crc, this.ownerHigh(node), this.ownerLow(node)));
  }

  #takeFree(): number {
    const node = this.#freeHead;
    this.#freeHead = this.get(node, Field.NEXT_SIBLING);
    return node;
  }

  #extend(): number {
    if ((this.#limit & SLAB_MASK) === 0) this.#slabs.push(createSlab());
    return this.#limit++;
  }
}

function createSlab(): Slab {
  const buffer = new ArrayBuffer(SLAB_NODES * RECORD_BYTES);
  return {
    bytes: new Uint8Array(buffer),
    words: new Int32Array(buffer),
    view: new DataView(buffer),
    rare: Array.from(Object.keys(RareField), () => undefined),
    used: 0,
  };
}
