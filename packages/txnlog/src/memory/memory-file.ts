// One file: what a reader sees now, and what a power failure would leave of it.

import type { Random } from '@zebu/interfaces';
import { SparseBytes } from './sparse-bytes.ts';

/** The unit that a disk writes whole. */
const SECTOR_BYTES = 512;

/** `lost` marks what a failed fsync left behind: the kernel calls the pages clean, so no later fsync writes them. */
type Durability = 'pending' | 'durable' | 'lost';
type Change = { durability: Durability } & (
  | { readonly type: 'write'; readonly position: number; bytes: Uint8Array }
  | { readonly type: 'truncate'; readonly size: number }
);

export class MemoryFile {
  readonly kind = 'file';
  #current = new SparseBytes();
  /** What every crash leaves; `#changes` follow it in order. */
  #base = new SparseBytes();
  #changes: Change[] = [];

  get size(): number {
    return this.#current.size;
  }

  read(position: number, length: number): Uint8Array {
    return this.#current.read(position, length);
  }

  write(bytes: Uint8Array, position: number): Change {
    return this.#change({ type: 'write', position, bytes: bytes.slice(), durability: 'pending' });
  }

  truncate(size: number): Change {
    return this.#change({ type: 'truncate', size, durability: 'pending' });
  }

  /** What an fsync that starts now will make durable. */
  pendingChanges(): Change[] {
    return this.#changes.filter((change) => change.durability === 'pending');
  }

  makeDurable(changes: readonly Change[]): void {
    for (const change of changes) if (change.durability === 'pending') change.durability = 'durable';
    let settled = 0;
    while (this.#changes[settled]?.durability === 'durable') apply(this.#base, this.#changes[settled++] as Change);
    this.#changes.splice(0, settled);
  }

  failSync(changes: readonly Change[]): void {
    for (const change of changes) if (change.durability === 'pending') change.durability = 'lost';
  }

  /** On the disk itself; false when the file does not reach that far. */
  flipBit(bit: number): boolean {
    const position = Math.floor(bit / 8);
    if (position >= this.#current.size) return false;
    const flipped = this.#current.read(position, 1).map((byte) => byte ^ (1 << (bit % 8)));
    this.makeDurable([this.write(flipped, position)]);
    return true;
  }

  /** The process died while this write was under way: only a prefix reached the page cache. */
  cutShort(change: Change, random: Random): void {
    if (change.type !== 'write' || change.durability !== 'pending') return;
    change.bytes = change.bytes.subarray(0, random.below(change.bytes.length + 1));
    this.#current = this.#base.copy();
    for (const each of this.#changes) apply(this.#current, each);
  }

  /** Power failure: of what was not durable, any part may have reached the disk. */
  crash(random: Random): void {
    for (const change of this.#changes) applyPart(this.#base, change, random);
    this.#changes = [];
    this.#current = this.#base.copy();
  }

  #change(change: Change): Change {
    apply(this.#current, change);
    this.#changes.push(change);
    return change;
  }
}

export type FileChange = Change;

function apply(bytes: SparseBytes, change: Change): void {
  if (change.type === 'write') bytes.write(change.bytes, change.position);
  else bytes.truncate(change.size);
}

function applyPart(bytes: SparseBytes, change: Change, random: Random): void {
  if (change.durability === 'durable') {
    apply(bytes, change);
    return;
  }
  const outcome = random.below(3);
  if (outcome === 0) return;
  if (outcome === 1 || change.type === 'truncate') apply(bytes, change);
  else writeSomeSectors(bytes, change.bytes, change.position, random);
}

function writeSomeSectors(target: SparseBytes, bytes: Uint8Array, position: number, random: Random): void {
  for (let done = 0; done < bytes.length; ) {
    const untilBoundary = SECTOR_BYTES - ((position + done) % SECTOR_BYTES);
    const count = Math.min(untilBoundary, bytes.length - done);
    if (random.below(2) === 1) target.write(bytes.subarray(done, done + count), position + done);
    done += count;
  }
}
