// "Replay stays idempotent, because ZooKeeper's own files are fuzzy" (design, Safety).

import { decodeTxn } from '@zebu/jute';
import type { TxnBytes } from '@zebu/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dumpState } from './support/dump.ts';
import { FuzzySnapshot } from './support/fuzzy-snapshot.ts';
import { ModelTree } from './support/model.ts';
import { operation, type Operation, preparedTxn } from './support/operations.ts';
import { restoreBody } from './support/snapshots.ts';
import { NOBODY, TxnSource } from './support/txns.ts';
import { PATIENT } from './support/patience.ts';

const KINDS = [
  'create',
  'create',
  'ephemeral',
  'container',
  'delete',
  'setData',
  'setACL',
  'multi',
  'createSession',
  'closeSession',
];

class Writer {
  readonly model = new ModelTree();
  readonly source = new TxnSource(0n);
  readonly log: TxnBytes[] = [];

  apply(op: Operation): void {
    const txn = preparedTxn(op, this.model);
    const { header } = decodeTxn(this.source.make(txn, { session: op.session }));
    this.model.apply(header, txn);
    const { zxid, time } = this.source;
    this.log.push(this.source.make(txn, { session: op.session, zxid, time, digest: this.model.treeDigest }));
  }
}

interface Move {
  readonly ops: readonly Operation[];
  readonly steps: number;
}

const move: fc.Arbitrary<Move> = fc.record({
  ops: fc.array(operation(KINDS), { maxLength: 3 }),
  steps: fc.integer({ min: 0, max: 2 }),
});

describe('replay on a fuzzy snapshot', PATIENT, () => {
  it('gives the tree of the whole log, whatever the snapshot holds already, and its digests from the snapshot’s own on', () => {
    fc.assert(
      fc.property(
        fc.array(operation(KINDS), { minLength: 5, maxLength: 30 }),
        fc.array(move, { maxLength: 40 }),
        fc.array(operation(KINDS), { maxLength: 5 }),
        (before, during, after) => {
          const writer = new Writer();
          for (const op of before) writer.apply(op);
          const snapshot = new FuzzySnapshot(writer.model);
          for (const { ops, steps } of during) {
            for (const op of ops) {
              writer.apply(op);
              snapshot.onTxn();
            }
            for (let i = 0; i < steps && !snapshot.isDone; i++) snapshot.step();
          }
          while (!snapshot.isDone) snapshot.step();
          for (const op of after) writer.apply(op);

          const tree = restoreBody(snapshot.take(), snapshot.zxid);
          for (const txn of writer.log) {
            if (decodeTxn(txn).header.zxid <= snapshot.zxid) continue;
            expect(tree.apply(txn, NOBODY).digestMismatch).toBe(false);
          }
          expect(dumpState(tree)).toEqual(writer.model.dumpState());
        },
      ),
      { numRuns: 150, seed: 3 },
    );
  });
});
