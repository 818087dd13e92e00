import { JuteReader, decodeStringList, JuteWriter } from '@zebu/jute';
import { ErrorCode } from '@zebu/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DataTree, type ListingCursor, type Readable, type TreeView } from '../src/index.ts';
import { ModelTree } from './support/model.ts';
import { ALL_KINDS, type Operation, operation, PATHS, wildTxn } from './support/operations.ts';
import { PATIENT } from './support/patience.ts';
import { NOBODY, TxnSource } from './support/txns.ts';

type Move =
  | { readonly type: 'txn'; readonly op: Operation }
  | { readonly type: 'open' }
  | { readonly type: 'list'; readonly which: number; readonly path: string }
  | { readonly type: 'slice'; readonly which: number }
  | { readonly type: 'close'; readonly which: number };

const which = fc.nat({ max: 3 });
const move: fc.Arbitrary<Move> = fc.oneof(
  { weight: 10, arbitrary: operation(ALL_KINDS).map((op) => ({ type: 'txn' as const, op })) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('open' as const) }) },
  {
    weight: 3,
    arbitrary: fc.record({ type: fc.constant('list' as const), which, path: fc.constantFrom(...PATHS, '') }),
  },
  { weight: 4, arbitrary: fc.record({ type: fc.constant('slice' as const), which }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('close' as const), which }) },
);

/** As text, which is compared fast. */
const bytesOf = (write: (out: JuteWriter) => ErrorCode): string => {
  const out = new JuteWriter();
  return `${write(out)} ${out.take().join()}`;
};

const namesOf = (tree: Readable, path: string): string[] | undefined => {
  const out = new JuteWriter();
  return tree.getChildren(path, out) === ErrorCode.OK
    ? decodeStringList(new JuteReader(out.view())).toSorted()
    : undefined;
};

/** All that may be read, of every path. */
const contentOf = (tree: Readable): unknown =>
  [...PATHS, '', '/none'].map((path) => [
    path,
    tree.aclOf(path),
    tree.childCountOf(path),
    bytesOf((out) => tree.getData(path, out)),
    namesOf(tree, path),
  ]);

interface Listing {
  readonly cursor: ListingCursor;
  readonly out: JuteWriter;
  readonly expected: string[];
}

interface OpenView {
  readonly view: TreeView;
  readonly expected: unknown;
  /** What the view lists of each path. */
  readonly names: ReadonlyMap<string, string[] | undefined>;
  readonly listings: Listing[];
}

class Run {
  readonly #tree = new DataTree();
  readonly #model = new ModelTree();
  readonly #source = new TxnSource();
  readonly #views: OpenView[] = [];

  perform(step: Move): void {
    switch (step.type) {
      case 'txn':
        this.#tree.apply(this.#source.make(wildTxn(step.op, this.#model), { session: step.op.session }), NOBODY);
        return;
      case 'open':
        return this.#open();
      case 'list':
        return this.#list(step.which, step.path);
      case 'slice':
        for (const { cursor, out } of this.#views[step.which]?.listings ?? []) cursor.next(1, out);
        return;
      case 'close':
        for (const open of this.#views.splice(step.which, 1)) this.#close(open);
    }
  }

  finish(): void {
    for (const open of this.#views.splice(0)) this.#close(open);
  }

  #open(): void {
    const tree = this.#tree;
    const view = tree.openView();
    expect(view.zxid).toBe(tree.lastProcessedZxid);
    const names = new Map([...PATHS, ''].map((path) => [path, namesOf(tree, path)]));
    this.#views.push({ view, expected: contentOf(tree), names, listings: [] });
  }

  #list(number: number, path: string): void {
    const open = this.#views[number];
    const cursor = open?.view.openChildren(path);
    if (open === undefined || cursor === undefined) return;
    open.listings.push({ cursor, out: new JuteWriter(), expected: open.names.get(path) as string[] });
  }

  /** However late a view is read, and though its listings were taken in slices between txns, it is the tree of its opening. */
  #close({ view, expected, listings }: OpenView): void {
    expect(contentOf(view)).toEqual(expected);
    for (const { cursor, out, expected: names } of listings) {
      while (cursor.next(1, out));
      const listed = new JuteWriter();
      listed.writeInt(cursor.count);
      listed.writeRaw(out.view());
      expect(decodeStringList(new JuteReader(listed.view())).toSorted()).toEqual(names);
    }
    view.close();
    view.close();
  }
}

describe('a view of the tree', PATIENT, () => {
  it('is the tree of its opening for any interleaving of txns, reads and other views', () => {
    fc.assert(
      fc.property(
        fc.array(operation(ALL_KINDS), { maxLength: 30 }),
        fc.array(move, { minLength: 10, maxLength: 80 }),
        (before, moves) => {
          const run = new Run();
          for (const op of before) run.perform({ type: 'txn', op });
          run.perform({ type: 'open' });
          for (const step of moves) run.perform(step);
          run.finish();
        },
      ),
      { numRuns: 150, seed: 11 },
    );
  });

  it('shows what was there of a long list, in slices, though all of it goes and comes again', () => {
    const tree = new DataTree();
    const source = new TxnSource();
    const names = Array.from({ length: 100 }, (_, index) => `child-${index}`);
    tree.apply(source.create('/a'), NOBODY);
    for (const name of names) tree.apply(source.create(`/a/${name}`), NOBODY);
    const view = tree.openView();
    tree.apply(source.delete(`/a/${names[50]}`), NOBODY);
    const cursor = view.openChildren('/a') as ListingCursor;
    const out = new JuteWriter();
    cursor.next(10, out);
    for (const name of names) tree.apply(source.delete(`/a/${name}`), NOBODY);
    tree.apply(source.delete('/a'), NOBODY);
    tree.apply(source.create('/a'), NOBODY);
    tree.apply(source.create('/a/new'), NOBODY);
    while (cursor.next(10, out));
    expect(cursor.count).toBe(100);
    expect(namesOf(view, '/a')).toEqual(names.toSorted());
    view.close();
    expect(namesOf(tree, '/a')).toEqual(['new']);
  });
});
