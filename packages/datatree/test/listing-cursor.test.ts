import { decodeStringList, JuteReader, JuteWriter } from '@zebu/jute';
import type { SessionId } from '@zebu/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DataTree, type ListingCursor } from '../src/index.ts';
import { ModelTree } from './support/model.ts';
import { ALL_KINDS, type Operation, operation, PATHS, SESSIONS, wildTxn } from './support/operations.ts';
import { PATIENT } from './support/patience.ts';
import { NOBODY, TxnSource } from './support/txns.ts';

interface OpenListing {
  readonly cursor: ListingCursor;
  readonly expected: readonly string[];
  readonly out: JuteWriter;
}

type Move =
  | { readonly type: 'txn'; readonly op: Operation }
  | { readonly type: 'children'; readonly path: string }
  | { readonly type: 'ephemerals'; readonly session: bigint; readonly prefix: string }
  | { readonly type: 'slice'; readonly which: number; readonly count: number };

const move: fc.Arbitrary<Move> = fc.oneof(
  { weight: 8, arbitrary: operation(ALL_KINDS).map((op) => ({ type: 'txn' as const, op })) },
  {
    weight: 2,
    arbitrary: fc.record({ type: fc.constant('children' as const), path: fc.constantFrom('/', '/a', '/a/b', '/e') }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      type: fc.constant('ephemerals' as const),
      session: fc.constantFrom(...SESSIONS),
      prefix: fc.constantFrom('/', '/a', '/e/ä'),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      type: fc.constant('slice' as const),
      which: fc.nat({ max: 5 }),
      count: fc.integer({ min: 1, max: 3 }),
    }),
  },
);

const listOf = (bytes: Uint8Array): string[] => decodeStringList(new JuteReader(bytes)).toSorted();

/** What is listed at once: the reference. */
function written(write: (out: JuteWriter) => void): string[] {
  const out = new JuteWriter();
  write(out);
  return out.length === 0 ? [] : listOf(out.take());
}

class Run {
  readonly tree = new DataTree();
  readonly #model = new ModelTree();
  readonly #source = new TxnSource();
  readonly #open: OpenListing[] = [];

  perform(step: Move): void {
    switch (step.type) {
      case 'txn':
        this.tree.apply(this.#source.make(wildTxn(step.op, this.#model), { session: step.op.session }), NOBODY);
        return;
      case 'children':
        return this.#add(
          this.tree.openChildren(step.path),
          written((out) => this.tree.getChildren(step.path, out)),
        );
      case 'ephemerals': {
        const session = step.session as SessionId;
        return this.#add(
          this.tree.openEphemerals(step.prefix, session),
          written((out) => this.tree.getEphemerals(step.prefix, session, out)),
        );
      }
      case 'slice': {
        const open = this.#open[step.which];
        open?.cursor.next(step.count, open.out);
      }
    }
  }

  /** Every listing taken to its end is that of its opening. */
  finish(): void {
    for (const { cursor, expected, out } of this.#open) {
      while (cursor.next(2, out));
      expect(cursor.next(2, out)).toBe(false);
      const listed = new JuteWriter();
      listed.writeInt(cursor.count);
      listed.writeRaw(out.view());
      expect(listOf(listed.take())).toEqual(expected);
    }
  }

  #add(cursor: ListingCursor | undefined, expected: readonly string[]): void {
    if (cursor === undefined) return;
    expect(cursor.zxid).toBe(this.tree.lastProcessedZxid);
    this.#open.push({ cursor, expected, out: new JuteWriter() });
  }
}

describe('a listing in slices', PATIENT, () => {
  it('is that of its opening for any interleaving of slices and txns, also beside others', () => {
    fc.assert(
      fc.property(
        fc.array(operation(ALL_KINDS), { maxLength: 40 }),
        fc.array(move, { minLength: 5, maxLength: 80 }),
        (before, moves) => {
          const run = new Run();
          for (const op of before) run.perform({ type: 'txn', op });
          for (const path of PATHS) run.perform({ type: 'children', path });
          for (const step of moves) run.perform(step);
          run.finish();
        },
      ),
      { numRuns: 300, seed: 6 },
    );
  });

  it('knows nothing of a path without a znode', () => {
    expect(new DataTree().openChildren('/none')).toBeUndefined();
    expect(new DataTree().childCountOf('/none')).toBe(0);
  });

  it('leaves the watch that the listing at once would leave', () => {
    const tree = new DataTree();
    tree.openChildren('/', 7 as never)?.close();
    expect(tree.watchCount).toBe(1);
  });

  it('gives nothing more once closed, and hears of no change', () => {
    const tree = new DataTree();
    const source = new TxnSource();
    for (const path of ['/a', '/b', '/c']) tree.apply(source.create(path), NOBODY);
    const cursor = tree.openChildren('/') as ListingCursor;
    const out = new JuteWriter();
    expect(cursor.next(1, out)).toBe(true);
    cursor.close();
    cursor.close();
    tree.apply(source.delete('/a'), NOBODY);
    const before = out.length;
    expect(cursor.next(10, out)).toBe(false);
    expect(out.length).toBe(before);
  });
});

describe('ownsMoreThan', () => {
  it('counts the ephemeral znodes of a session up to a limit', () => {
    const tree = new DataTree();
    const source = new TxnSource();
    const session = 5n as SessionId;
    expect(tree.ownsMoreThan(session, 0)).toBe(false);
    for (const path of ['/a', '/b']) tree.apply(source.create(path, { session, ephemeral: true }), NOBODY);
    expect([0, 1, 2, 3].map((count) => tree.ownsMoreThan(session, count))).toEqual([true, true, false, false]);
  });
});

describe('what is found is found anew', () => {
  it('after every change of the tree, however often one path is asked for', () => {
    const tree = new DataTree();
    const source = new TxnSource();
    const there = () => tree.lookup('/a') !== undefined;
    expect([there(), there()]).toEqual([false, false]);
    tree.apply(source.create('/a'), NOBODY);
    expect([there(), there()]).toEqual([true, true]);
    expect(tree.hasWatch('/b', 3, 1 as never)).toBe(false);
    expect(there()).toBe(true);
    tree.apply(source.delete('/a'), NOBODY);
    expect([there(), there()]).toEqual([false, false]);
  });
});
