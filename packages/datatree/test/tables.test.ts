// The tables below the tree, each against the obvious structure.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ByteArena, EMPTY_BLOB } from '../src/byte-arena.ts';
import { ByteQueue } from '../src/byte-queue.ts';
import { HashIndex } from '../src/hash-index.ts';
import { RowTable } from '../src/row-table.ts';
import { blockUnits, MAX_BLOCK_BYTES, SIZE_CLASSES, sizeClassOf } from '../src/size-classes.ts';
import { SlotSet } from '../src/slot-set.ts';
import { PATIENT } from './support/patience.ts';

const rowsOf = (index: HashIndex, hash: number): number[] => {
  const rows: number[] = [];
  for (let row = index.first(hash); row >= 0; row = index.next()) rows.push(row);
  return rows.toSorted((a, b) => a - b);
};

describe('HashIndex', PATIENT, () => {
  it('holds what a map of sets holds, with colliding hashes, growth and gaps', () => {
    // Few shards and few home slots, so that runs wrap around and overlap.
    const hash = fc.constantFrom(0, 1, 7, 8, 15, 0x0100_0000, 0x0100_0007, -1, -2);
    const command = fc.record({ adds: fc.integer({ max: 2, min: 0 }), hash, row: fc.nat({ max: 30 }) });
    fc.assert(
      fc.property(fc.array(command, { maxLength: 200 }), (commands) => {
        const index = new HashIndex();
        const model = new Map<number, Set<number>>();
        for (const { adds, hash: key, row } of commands) {
          const rows = model.get(key) ?? new Set();
          model.set(key, rows);
          if (adds > 0 && !rows.has(row)) index.insert(key, row);
          if (adds === 0 && rows.has(row)) index.remove(key, row);
          if (adds > 0) rows.add(row);
          else rows.delete(row);
        }
        for (const [key, rows] of model) expect(rowsOf(index, key)).toEqual([...rows].toSorted((a, b) => a - b));
        expect(index.size).toBe([...model.values()].reduce((sum, rows) => sum + rows.size, 0));
      }),
      { numRuns: 300, seed: 11 },
    );
  });

  it('finds every row of many', () => {
    const index = new HashIndex();
    const hashOf = (row: number): number => Math.imul(row, 0x9e37_79b1);
    for (let row = 0; row < 50_000; row++) index.insert(hashOf(row), row);
    for (let row = 0; row < 50_000; row += 2) index.remove(hashOf(row), row);
    const found = Array.from({ length: 50_000 }, (_, row) => rowsOf(index, hashOf(row)));
    expect(found.every((rows, row) => rows.length === row % 2 && rows.every((each) => each === row))).toBe(true);
  });
});

describe('size classes', PATIENT, () => {
  it('give every length the smallest block that holds it, at most an eighth too long above 128', () => {
    for (let length = 1; length <= MAX_BLOCK_BYTES; length++) {
      const sizeClass = sizeClassOf(length);
      const block = blockUnits(sizeClass) * 8;
      expect(block).toBeGreaterThanOrEqual(length);
      if (sizeClass > 0) expect(blockUnits(sizeClass - 1) * 8).toBeLessThan(length);
      if (length > 128) expect(block - length).toBeLessThan(length / 8);
      expect(sizeClass).toBeLessThan(SIZE_CLASSES);
    }
  });
});

describe('ByteArena', PATIENT, () => {
  const lengths = fc.oneof(fc.nat({ max: 200 }), fc.constantFrom(0, 1, 8, 8191, 8192, 8193, 20_000));

  it('keeps every blob as it was stored while others come and go', () => {
    const command = fc.record({ stores: fc.boolean(), length: lengths, which: fc.nat({ max: 50 }) });
    fc.assert(
      fc.property(fc.array(command, { maxLength: 150 }), (commands) => {
        const arena = new ByteArena();
        const blobs: { ref: number; bytes: Uint8Array }[] = [];
        for (const [i, { stores, length, which }] of commands.entries()) {
          if (stores || blobs.length === 0) {
            const bytes = new Uint8Array(length + 2).fill(i + 1);
            blobs.push({ ref: arena.store(bytes, 1, length + 1), bytes: bytes.slice(1, length + 1) });
          } else {
            const [freed] = blobs.splice(which % blobs.length, 1);
            if (freed !== undefined) arena.free(freed.ref, freed.bytes.length);
          }
        }
        for (const { ref, bytes } of blobs) {
          const start = arena.offsetOf(ref);
          expect(Buffer.compare(arena.bytesOf(ref).subarray(start, start + bytes.length), bytes)).toBe(0);
        }
      }),
      { numRuns: 200, seed: 12 },
    );
  });

  it('uses memory again, also for other lengths', () => {
    const arena = new ByteArena();
    const fill = (length: number): number[] =>
      Array.from({ length: 5000 }, () => arena.store(new Uint8Array(length), 0, length));
    for (const ref of fill(100)) arena.free(ref, 100);
    const first = arena.pooledBytes;
    for (const ref of fill(90)) arena.free(ref, 90);
    for (const ref of fill(100)) arena.free(ref, 100);
    expect(arena.pooledBytes).toBe(first);
  });

  it('uses the gaps of full pages again', () => {
    const arena = new ByteArena();
    const store = (): number => arena.store(new Uint8Array(100), 0, 100);
    const refs = Array.from({ length: 20_000 }, store);
    const first = arena.pooledBytes;
    for (const [i, ref] of refs.entries()) if (i % 2 === 0) arena.free(ref, 100);
    const again = Array.from({ length: 10_000 }, store);
    expect(arena.pooledBytes).toBe(first);
    expect(new Set([...again, ...refs.filter((_, i) => i % 2 === 1)]).size).toBe(20_000);
  });

  it('takes no memory for empty blobs, and refuses a wrong length', () => {
    const arena = new ByteArena();
    expect(arena.store(new Uint8Array(0), 0, 0)).toBe(EMPTY_BLOB);
    expect(arena.pooledBytes).toBe(0);
    const ref = arena.store(new Uint8Array(100), 0, 100);
    expect(() => arena.free(ref, 50)).toThrow(/length/);
  });
});

describe('RowTable', PATIENT, () => {
  it('gives rows of its own, and freed ones again', () => {
    const table = new RowTable(2);
    const rows = Array.from({ length: 3000 }, (_, i) => {
      const row = table.allocate();
      table.set(row, 0, i);
      table.set(row, 1, -i);
      return row;
    });
    expect(new Set(rows).size).toBe(3000);
    for (const row of rows.slice(0, 1000)) table.release(row);
    expect([table.count, table.limit]).toEqual([2000, 3000]);
    expect([table.isUsed(0), table.isUsed(1000), table.isUsed(5000)]).toEqual([false, true, false]);
    const again = Array.from({ length: 1000 }, () => table.allocate());
    expect(new Set([...again, ...rows.slice(1000)]).size).toBe(3000);
    expect(table.limit).toBe(3000);
    expect(rows.slice(1000).every((row, i) => table.get(row, 0) === i + 1000 && table.get(row, 1) === -i - 1000)).toBe(
      true,
    );
  });
});

describe('SlotSet', PATIENT, () => {
  it('holds what was added', () => {
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 100_000 })), (slots) => {
        const set = new SlotSet();
        for (const slot of slots) set.add(slot);
        for (const slot of slots) {
          expect(set.has(slot)).toBe(true);
          expect(set.has(slot + 1)).toBe(slots.includes(slot + 1));
        }
      }),
    );
  });
});

describe('ByteQueue', PATIENT, () => {
  it('gives back what was written, in slices of any size', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat({ max: 100_000 }), fc.integer({ min: 1, max: 90_000 })), { maxLength: 20 }),
        (moves) => {
          const queue = new ByteQueue();
          const written: number[] = [];
          const taken: number[] = [];
          for (const [i, [length, maxBytes]] of moves.entries()) {
            queue.writer.writeRaw(new Uint8Array(length).fill(i));
            queue.onWritten();
            written.push(length);
            const slice = queue.take(maxBytes);
            expect(slice?.length ?? 0).toBeLessThanOrEqual(maxBytes);
            taken.push(slice?.length ?? 0);
            const sum = (lengths: number[]): number => lengths.reduce((total, each) => total + each, 0);
            expect(queue.length).toBe(sum(written) - sum(taken));
          }
        },
      ),
      { numRuns: 50, seed: 13 },
    );
  });
});
