// Random txns, watches and reads on the tree and on a slow, obvious model: both must show the same at every step, and the
// digest kept by the tree must be the one recomputed from all znodes.

import { decodeTxn } from '@zebu/jute';
import { AddWatchMode, WatcherType } from '@zebu/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DataTree, type WatcherId } from '../src/index.ts';
import { dumpState } from './support/dump.ts';
import { type ModelEvent, ModelTree, type WatchKind } from './support/model.ts';
import {
  ALL_KINDS,
  type Operation,
  operation,
  PATHS,
  preparedTxn,
  SIMPLE_KINDS,
  wildSimpleTxn,
  wildTxn,
} from './support/operations.ts';
import { OP_CODES, TxnSource } from './support/txns.ts';
import { PATIENT } from './support/patience.ts';
import { JuteWriter, type Txn } from '@zebu/jute';

const WATCH_KINDS: readonly WatchKind[] = ['data', 'exist', 'child', 'persistent', 'recursive'];

class Pair {
  readonly tree = new DataTree();
  readonly model = new ModelTree();
  readonly source = new TxnSource();
  readonly events: ModelEvent[] = [];
  readonly #out = new JuteWriter();

  apply(txn: Txn, session: bigint): void {
    const plain = this.source.make(txn, { session });
    const decoded = decodeTxn(plain);
    const expected = this.model.apply(decoded.header, decoded.txn);
    const bytes = this.source.make(txn, {
      session,
      zxid: this.source.zxid,
      time: this.source.time,
      digest: this.model.treeDigest,
    });
    const outcome = this.tree.apply(bytes, {
      onWatchEvent: (watcher, type, path, zxid) => this.events.push({ watcher, type, path, zxid }),
    });
    expect(outcome.digestMismatch).toBe(false);
    expect(outcome.error).toBe(expected.error);
    expect(outcome.zxid).toBe(this.source.zxid);
    expect(outcome.operations?.map(({ error, path }) => ({ error, path }))).toEqual(expected.parts);
  }

  watch(kind: WatchKind, path: string, watcher: number): void {
    this.model.watch(kind, path, watcher);
    this.#out.reset();
    const id = watcher as WatcherId;
    if (kind === 'data') this.tree.getData(path, this.#out, id);
    else if (kind === 'exist') this.tree.exists(path, this.#out, id);
    else if (kind === 'child') this.tree.getChildren(path, this.#out, id);
    else if (kind === 'persistent') this.tree.addWatch(path, AddWatchMode.PERSISTENT, id);
    else this.tree.addWatch(path, AddWatchMode.PERSISTENT_RECURSIVE, id);
  }

  unwatch(type: WatcherType, path: string, watcher: number): void {
    const removed = this.model.unwatch(type, path, watcher);
    expect(this.tree.hasWatch(path, type, watcher as WatcherId)).toBe(removed);
    expect(this.tree.removeWatch(path, type, watcher as WatcherId)).toBe(removed);
    expect(this.tree.hasWatch(path, type, watcher as WatcherId)).toBe(false);
  }

  removeWatcher(watcher: number): void {
    this.model.removeWatcher(watcher);
    this.tree.removeWatcher(watcher as WatcherId);
  }

  #watchedPaths(): Record<string, number[]> {
    return Object.fromEntries(
      Array.from(this.tree.watchesByPath(), ({ path, watchers }) => [
        path,
        ([...watchers] as number[]).toSorted((a, b) => a - b),
      ]),
    );
  }

  check(): void {
    expect(dumpState(this.tree)).toEqual(this.model.dumpState());
    expect(this.tree.watchCount).toBe(this.model.watchCount);
    expect(this.#watchedPaths()).toEqual(this.model.watchedPaths());
    expect(inOrder(this.events.splice(0))).toEqual(inOrder(this.model.takeEvents()));
  }
}

/** Who hears of one event first is not said, ZooKeeper's watchers being a hash set; the order of the events is. */
function inOrder(events: readonly ModelEvent[]): Map<string, number[]> {
  const runs = new Map<string, number[]>();
  for (const { watcher, ...event } of events) {
    const key = `${event.zxid} ${event.type} ${event.path}`;
    runs.set(key, [...(runs.get(key) ?? []), watcher]);
  }
  return new Map([...runs].map(([key, watchers]) => [key, watchers.toSorted((a, b) => a - b)]));
}

const step = fc.oneof(
  { weight: 5, arbitrary: operation(ALL_KINDS).map((op) => ({ type: 'txn' as const, op })) },
  {
    weight: 1,
    arbitrary: fc.array(operation(SIMPLE_KINDS), { maxLength: 4 }).map((ops) => ({ type: 'multi' as const, ops })),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      type: fc.constant('watch' as const),
      kind: fc.constantFrom(...WATCH_KINDS),
      path: fc.constantFrom(...PATHS),
      watcher: fc.integer({ min: 1, max: 3 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      type: fc.constant('unwatch' as const),
      of: fc.constantFrom(...Object.values(WatcherType)),
      path: fc.constantFrom(...PATHS),
      watcher: fc.integer({ min: 1, max: 3 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('gone' as const), watcher: fc.integer({ min: 1, max: 3 }) }) },
);

const multiOf = (ops: readonly Operation[]): Txn => ({
  type: 'multi',
  parts: ops.map((op) => wildSimpleTxn(op)).map((txn) => ({ opCode: OP_CODES[txn.type], txn })),
});

describe('the tree against the model', PATIENT, () => {
  it('is the same after any txns, whatever prep would say of them', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const pair = new Pair();
        for (const each of steps) {
          if (each.type === 'txn') pair.apply(wildTxn(each.op, pair.model), each.op.session);
          else if (each.type === 'multi') pair.apply(multiOf(each.ops), 7n);
          else if (each.type === 'watch') pair.watch(each.kind, each.path, each.watcher);
          else if (each.type === 'unwatch') pair.unwatch(each.of, each.path, each.watcher);
          else pair.removeWatcher(each.watcher);
          pair.check();
        }
      }),
      { numRuns: 120, seed: 1 },
    );
  });

  it('is the same after txns that prep made', () => {
    fc.assert(
      fc.property(fc.array(operation([...ALL_KINDS, 'multi', 'multi']), { minLength: 30, maxLength: 60 }), (ops) => {
        const pair = new Pair();
        for (const op of ops) {
          pair.apply(preparedTxn(op, pair.model), op.session);
          pair.check();
        }
      }),
      { numRuns: 60, seed: 2 },
    );
  });
});
