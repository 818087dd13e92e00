// A path on its way through the tables: UTF-8 bytes and the hashes of itself and of its parent, in one pass and without a
// string. The root is the empty range: ZooKeeper too keeps "" and "/" for it.

import { JuteReader, JuteWriter } from '@zebu/jute';
import { finishHash, HASH_SEED, hashStep } from './hash.ts';

const SLASH = 0x2f;
const FIRST_SCRATCH_BYTES = 256;
const NO_BYTES = new Uint8Array(0);
/** "/zookeeper/" */
const SYSTEM_SUBTREE = new Uint8Array([0x2f, 0x7a, 0x6f, 0x6f, 0x6b, 0x65, 0x65, 0x70, 0x65, 0x72, 0x2f]);

export class PathKey {
  bytes: Uint8Array = NO_BYTES;
  /** Invariant: the path is bytes[start, end), and empty for the root. */
  start = 0;
  end = 0;
  hash = 0;
  /** End of the parent's path, start for a child of the root; -1 when there is no slash. */
  parentEnd = 0;
  parentHash = 0;
  isAscii = true;
  #scratch = new Uint8Array(FIRST_SCRATCH_BYTES);
  readonly #encoder = new JuteWriter();

  setString(path: string): void {
    const length = path.length;
    const scratch = this.room(length);
    for (let i = 0; i < length; i++) {
      const unit = path.charCodeAt(i);
      if (unit >= 0x80) return this.#setEncoded(path);
      scratch[i] = unit;
    }
    this.setBytes(scratch, 0, length);
  }

  /** An array of the key's own with room for a path of `length` bytes, to be filled and given to setBytes. */
  room(length: number): Uint8Array {
    if (length > this.#scratch.length) this.#scratch = new Uint8Array(length * 2);
    return this.#scratch;
  }

  /** The bytes are used in place: they must stay as long as the key is used. */
  setBytes(bytes: Uint8Array, start: number, end: number): void {
    this.bytes = bytes;
    this.start = start;
    this.end = end === start + 1 && bytes[start] === SLASH ? start : end;
    this.#scan();
  }

  get isRoot(): boolean {
    return this.start === this.end;
  }

  get isAbsolute(): boolean {
    return this.isRoot || this.bytes[this.start] === SLASH;
  }

  get nameStart(): number {
    return this.parentEnd + 1;
  }

  /** False below /zookeeper/: see countsInDigest. */
  get countsInDigest(): boolean {
    return !this.#isBelowSystem(this.end);
  }

  get parentCountsInDigest(): boolean {
    return !this.#isBelowSystem(this.parentEnd);
  }

  /** Length in UTF-16 units, as Java's String.length() counts. */
  get unitCount(): number {
    return this.isAscii ? this.end - this.start : countUnits(this.bytes, this.start, this.end);
  }

  text(): string {
    return textOf(this.bytes, this.start, this.end);
  }

  parentText(): string {
    return textOf(this.bytes, this.start, this.parentEnd);
  }

  #setEncoded(path: string): void {
    this.#encoder.reset();
    this.#encoder.writeString(path);
    const encoded = this.#encoder.view();
    this.setBytes(encoded, 4, encoded.length);
  }

  #scan(): void {
    const { bytes, start, end } = this;
    let hash = HASH_SEED;
    let beforeSlash = HASH_SEED;
    let lastSlash = -1;
    let all = 0;
    for (let i = start; i < end; i++) {
      const byte = bytes[i] as number;
      if (byte === SLASH) {
        lastSlash = i;
        beforeSlash = hash;
      }
      all |= byte;
      hash = hashStep(hash, byte);
    }
    this.hash = finishHash(hash);
    this.parentEnd = lastSlash;
    this.parentHash = finishHash(beforeSlash);
    this.isAscii = all < 0x80;
  }

  #isBelowSystem(end: number): boolean {
    if (end - this.start <= SYSTEM_SUBTREE.length) return false;
    for (let i = 0; i < SYSTEM_SUBTREE.length; i++) {
      if (this.bytes[this.start + i] !== SYSTEM_SUBTREE[i]) return false;
    }
    return true;
  }
}

function countUnits(bytes: Uint8Array, start: number, end: number): number {
  let units = 0;
  for (let i = start; i < end; i++) {
    const byte = bytes[i] as number;
    if ((byte & 0xc0) !== 0x80) units += byte >= 0xf0 ? 2 : 1;
  }
  return units;
}

const decoder = new JuteReader();
const decodable = new JuteWriter();

/** The text of UTF-8 bytes, "/" for none. Throws JuteError on bad UTF-8. */
export function textOf(bytes: Uint8Array, start: number, end: number): string {
  if (start === end) return '/';
  decodable.reset();
  decodable.writeInt(end - start);
  decodable.writeRaw(bytes, start, end);
  decoder.reset(decodable.view());
  return decoder.readString() as string;
}
