import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DataTree, type SnapshotCursor } from '../src/index.ts';
import { SnapshotSection } from '../src/snapshot-section.ts';
import { dumpState } from './support/dump.ts';
import { ModelTree } from './support/model.ts';
import { ALL_KINDS, type Operation, operation, wildTxn } from './support/operations.ts';
import { restoreBody, takeAll } from './support/snapshots.ts';
import { bytesOf, NOBODY, TxnSource } from './support/txns.ts';
import { PATIENT } from './support/patience.ts';

interface OpenCursor {
  readonly cursor: SnapshotCursor;
  readonly expected: unknown;
  readonly chunks: Uint8Array[];
}

type Move =
  | { readonly type: 'txn'; readonly op: Operation }
  | { readonly type: 'open' }
  | { readonly type: 'slice'; readonly which: number; readonly maxBytes: number }
  | { readonly type: 'close'; readonly which: number };

const move: fc.Arbitrary<Move> = fc.oneof(
  { weight: 8, arbitrary: operation(ALL_KINDS).map((op) => ({ type: 'txn' as const, op })) },
  { weight: 1, arbitrary: fc.constant({ type: 'open' as const }) },
  {
    weight: 4,
    arbitrary: fc.record({
      type: fc.constant('slice' as const),
      which: fc.nat({ max: 3 }),
      maxBytes: fc.integer({ min: 1, max: 300 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('close' as const), which: fc.nat({ max: 3 }) }) },
);

/** Applies moves to a tree with up to four snapshots in progress. */
class Run {
  readonly tree = new DataTree();
  readonly #model = new ModelTree();
  readonly #source = new TxnSource();
  readonly #open: OpenCursor[] = [];

  perform(step: Move): void {
    switch (step.type) {
      case 'txn':
        this.tree.apply(this.#source.make(wildTxn(step.op, this.#model), { session: step.op.session }), NOBODY);
        return;
      case 'open':
        if (this.#open.length < 4) this.open();
        return;
      case 'slice': {
        const open = this.#open[step.which];
        const chunk = open?.cursor.next(step.maxBytes);
        if (open === undefined || chunk === undefined) return;
        expect(chunk.length).toBeGreaterThan(0);
        expect(chunk.length).toBeLessThanOrEqual(step.maxBytes);
        open.chunks.push(chunk);
        return;
      }
      case 'close':
        this.#open[step.which]?.cursor.close();
        this.#open.splice(step.which, 1);
    }
  }

  open(): void {
    const cursor = this.tree.openSnapshot();
    expect(cursor.zxid).toBe(this.tree.lastProcessedZxid);
    this.#open.push({ cursor, expected: dumpState(this.tree), chunks: [] });
  }

  /** Every snapshot taken to its end is the tree at its zxid. */
  finish(): void {
    for (const { cursor, expected, chunks } of this.#open) {
      const body = Buffer.concat([...chunks, takeAll(cursor)]);
      expect(dumpState(restoreBody(body, cursor.zxid))).toEqual(expected);
    }
  }
}

describe('a snapshot in slices', PATIENT, () => {
  it('is exact at its zxid for any interleaving of slices and txns, also beside others', () => {
    fc.assert(
      fc.property(fc.array(move, { minLength: 10, maxLength: 120 }), (moves) => {
        const run = new Run();
        run.open();
        for (const step of moves) run.perform(step);
        run.finish();
      }),
      { numRuns: 150, seed: 4 },
    );
  });

  it('is exact for a tree that was there before, whatever is done to it', () => {
    fc.assert(
      fc.property(
        fc.array(operation(ALL_KINDS), { minLength: 20, maxLength: 40 }),
        fc.array(move, { minLength: 10, maxLength: 60 }),
        (before, moves) => {
          const run = new Run();
          for (const op of before) run.perform({ type: 'txn', op });
          run.open();
          for (const step of moves) run.perform(step);
          run.finish();
        },
      ),
      { numRuns: 150, seed: 5 },
    );
  });

  it('holds parents before their children, ends with the digest section, and says so once', () => {
    const tree = new DataTree();
    const source = new TxnSource();
    tree.apply(source.create('/a'), NOBODY);
    tree.apply(source.create('/a/b'), NOBODY);
    const cursor = tree.openSnapshot();
    tree.apply(source.setData('/a/b', bytesOf('changed before the cursor came by'), 1), NOBODY);
    const body = Buffer.from(takeAll(cursor));
    expect(body.indexOf('/a\0')).toBeLessThan(body.indexOf('/a/b'));
    expect(body.readBigInt64BE(body.length - 20)).toBe(cursor.zxid);
    expect(body.readInt32BE(body.length - 12)).toBe(2);
    expect(cursor.next(10)).toBeUndefined();
  });

  it('writes an empty digest section before the first txn, as ZooKeeper does', () => {
    const body = Buffer.from(takeAll(new DataTree().openSnapshot()));
    expect(body.subarray(-20).toString('hex')).toBe('0000000000000000' + '00000002' + '0000000000000000');
  });

  it('gives nothing more once closed, and closing again is harmless', () => {
    const tree = new DataTree();
    const cursor = tree.openSnapshot();
    expect(cursor.next(10)).toBeDefined();
    cursor.close();
    cursor.close();
    expect(cursor.next(10)).toBeUndefined();
    tree.apply(new TxnSource().create('/a'), NOBODY);
  });

  it('splits a record that is longer than a slice', () => {
    const tree = new DataTree();
    const data = new Uint8Array(1_000_000).fill(1);
    tree.apply(new TxnSource().create('/long', { data }), NOBODY);
    const cursor = tree.openSnapshot();
    const lengths: number[] = [];
    for (let chunk = cursor.next(300_000); chunk !== undefined; chunk = cursor.next(300_000))
      lengths.push(chunk.length);
    expect(Math.max(...lengths)).toBeLessThanOrEqual(300_000);
    expect(lengths.length).toBeLessThan(10);
  });
});

describe('SnapshotSection', PATIENT, () => {
  it('writes what must precede first, however long the chain is', () => {
    const written: number[] = [];
    const section = new SnapshotSection(
      {
        nextUsed: (from, limit) => (from < limit ? from : -1),
        predecessor: (slot) => slot - 1,
        write: (slot, writer) => {
          written.push(slot);
          writer.writeInt(slot);
        },
      },
      100_000,
    );
    section.exclude(3);
    section.writeIfPending(99_999);
    section.writeIfPending(100_000);
    while (section.take(1 << 16) !== undefined);
    expect(written.slice(0, 3)).toEqual([4, 5, 6]);
    expect(written.at(-1)).toBe(2);
    expect(new Set(written).size).toBe(99_999);
  });
});
