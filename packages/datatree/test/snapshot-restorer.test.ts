import { encodeAclList, encodeStatPersisted, JuteWriter, type StatPersisted } from '@zebu/jute';
import type { SessionId, Zxid } from '@zebu/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DataTree, SnapshotFormatError, SnapshotRestorer } from '../src/index.ts';
import { dumpState } from './support/dump.ts';
import { ModelTree } from './support/model.ts';
import { ACLS, ALL_KINDS, operation, wildTxn } from './support/operations.ts';
import { restoreBody, takeAll } from './support/snapshots.ts';
import { bytesOf, NOBODY, TxnSource } from './support/txns.ts';
import { PATIENT } from './support/patience.ts';

const ZXID = 0x1_0000_0007n;

function exampleTree(): DataTree {
  const tree = new DataTree();
  const source = new TxnSource();
  tree.apply(source.createSession(5n), NOBODY);
  tree.apply(source.create('/a', { acl: ACLS[2] ?? [] }), NOBODY);
  tree.apply(source.create('/a/ä', { session: 5n, ephemeral: true }), NOBODY);
  tree.apply(source.create('/null', { data: null }), NOBODY);
  tree.apply(
    source.make({ type: 'createTTL', path: '/ttl', data: bytesOf('x'), acl: [], parentCVersion: 3, ttlMs: 9 }),
    NOBODY,
  );
  tree.apply(source.make({ type: 'createContainer', path: '/c', data: null, acl: [], parentCVersion: 4 }), NOBODY);
  tree.apply(source.setData('/a', bytesOf('other'), 1), NOBODY);
  return tree;
}

const exampleBody = (): Uint8Array => takeAll(exampleTree().openSnapshot());

const STAT: StatPersisted = {
  czxid: 3n as Zxid,
  mzxid: 4n as Zxid,
  ctime: 5,
  mtime: 6,
  version: 7,
  cversion: 8,
  aversion: 9,
  ephemeralOwner: 0n as SessionId,
  pzxid: 10n as Zxid,
};

/** A body of the given znodes, each with an ACL id; the table holds ids 5 and 6. */
function bodyOf(
  nodes: readonly { path: string; acl: bigint }[],
  tail: (writer: JuteWriter) => void = () => undefined,
): Uint8Array {
  const writer = new JuteWriter();
  writer.writeInt(0);
  writer.writeInt(2);
  for (const [id, acl] of [
    [5n, ACLS[1]],
    [6n, ACLS[2]],
  ] as const) {
    writer.writeLong(id);
    encodeAclList(writer, acl ?? []);
  }
  for (const { path, acl } of nodes) {
    writer.writeString(path);
    writer.writeBuffer(null);
    writer.writeLong(acl);
    encodeStatPersisted(writer, STAT);
  }
  writer.writeString('/');
  tail(writer);
  return writer.take();
}

const ROOT = { path: '', acl: -1n };

describe('restoring a snapshot', PATIENT, () => {
  it('gives the same tree, sessions and ephemerals wherever the body is cut', () => {
    const body = exampleBody();
    const expected = dumpState(exampleTree());
    for (let cut = 0; cut <= body.length; cut += 3) {
      expect(dumpState(restoreBody(body, ZXID, [cut]))).toEqual(expected);
    }
    const everywhere = Array.from(body, (_, i) => i);
    const tree = restoreBody(body, ZXID, everywhere);
    expect(dumpState(tree)).toEqual(expected);
    expect([...tree.ephemeralsOf(5n as SessionId)]).toEqual(['/a/ä']);
  });

  it('gives a tree that goes on as the original does, for any txns before and behind', () => {
    fc.assert(
      fc.property(fc.array(operation(ALL_KINDS), { maxLength: 60 }), fc.nat({ max: 60 }), (ops, at) => {
        const model = new ModelTree();
        const source = new TxnSource();
        const tree = new DataTree();
        let copy: DataTree | undefined;
        for (const [i, op] of ops.entries()) {
          if (i === at) copy = restoreBody(takeAll(tree.openSnapshot()), tree.lastProcessedZxid);
          const txn = source.make(wildTxn(op, model), { session: op.session });
          tree.apply(txn, NOBODY);
          copy?.apply(txn, NOBODY);
        }
        if (copy !== undefined) expect(dumpState(copy)).toEqual(dumpState(tree));
      }),
      { numRuns: 150, seed: 6 },
    );
  });

  it('takes a record that is much longer than the chunks it comes in', () => {
    const tree = new DataTree();
    tree.apply(new TxnSource().create('/long', { data: new Uint8Array(3_000_000).fill(3) }), NOBODY);
    const body = takeAll(tree.openSnapshot(), 1000);
    const cuts = Array.from({ length: Math.floor(body.length / 1000) }, (_, i) => i * 1000);
    expect(restoreBody(body, tree.lastProcessedZxid, cuts).treeDigest).toBe(tree.treeDigest);
  });
});

describe('bodies of other versions', PATIENT, () => {
  it('without a digest section load (before ZooKeeper 3.6)', () => {
    expect(restoreBody(bodyOf([ROOT]), 9n).lookup('/')?.version).toBe(7);
  });

  it('with a digest as a string load (version 1)', () => {
    const body = bodyOf([ROOT], (writer) => {
      writer.writeLong(9n);
      writer.writeInt(1);
      writer.writeString('1a2b');
    });
    expect(restoreBody(body, 9n).nodeCount).toBe(2);
  });

  it('with the last processed zxid behind the digest load (since 3.9)', () => {
    const body = Buffer.concat([exampleBody(), Buffer.alloc(8)]);
    expect(dumpState(restoreBody(body, ZXID))).toEqual(dumpState(exampleTree()));
  });

  it('with a digest of an earlier zxid than the snapshot’s load: it says nothing (DataTree.deserializeZxidDigest)', () => {
    const body = bodyOf([ROOT], (writer) => {
      writer.writeLong(8n);
      writer.writeInt(2);
      writer.writeLong(123n);
    });
    expect(restoreBody(body, 9n).lastProcessedZxid).toBe(9n);
  });

  it('with a digest of another version load: it cannot be compared', () => {
    const body = bodyOf([ROOT], (writer) => {
      writer.writeLong(9n);
      writer.writeInt(3);
      writer.writeLong(123n);
    });
    expect(restoreBody(body, 9n).lastProcessedZxid).toBe(9n);
  });
});

describe('ACLs of a snapshot', PATIENT, () => {
  it('keep their ids, and those that no znode has are dropped (ReferenceCountedACLCache.purgeUnused)', () => {
    const tree = restoreBody(bodyOf([ROOT, { path: '/a', acl: 6n }]), 9n);
    expect(tree.aclOf('/')).toEqual(ACLS[0]);
    expect(tree.aclOf('/a')).toEqual(ACLS[2]);
    const again = Buffer.from(takeAll(tree.openSnapshot()));
    expect(again.readInt32BE(4)).toBe(1);
    expect(again.readBigInt64BE(8)).toBe(6n);
  });

  it('that are missing deny everything, until replay names them (ZOOKEEPER-4846)', () => {
    const tree = restoreBody(bodyOf([ROOT, { path: '/a', acl: 77n }]), 9n);
    expect(tree.aclOf('/a')).toEqual([{ permissions: 0, scheme: 'world', id: 'anyone' }]);
    tree.apply(new TxnSource(9n).create('/a', { acl: ACLS[1] ?? [], parentCVersion: 1 }), NOBODY);
    expect(tree.aclOf('/a')).toEqual(ACLS[1]);
  });
});

describe('what is no snapshot', PATIENT, () => {
  it('cut short at any byte is refused, except where an older version would end', () => {
    const body = exampleBody();
    const withoutDigest = body.length - 20;
    for (let length = 0; length < body.length; length++) {
      const restore = (): DataTree => restoreBody(body.subarray(0, length), ZXID);
      if (length === withoutDigest) expect(restore().treeDigest).toBe(exampleTree().treeDigest);
      else expect(restore, `${length} bytes`).toThrow(SnapshotFormatError);
    }
  });

  it('with any bit flipped in the znodes that count is refused by the digest or by its shape', () => {
    const body = exampleBody();
    const start = Buffer.from(body).indexOf('/a', 60) - 4;
    const end = start + 4 + 2 + 4 + 5;
    for (let bit = start * 8; bit < end * 8; bit++) {
      const flipped = body.slice();
      flipped[bit >> 3] = (flipped[bit >> 3] as number) ^ (1 << (bit & 7));
      expect(() => restoreBody(flipped, ZXID), `bit ${bit}`).toThrow(SnapshotFormatError);
    }
  });

  it('gives SnapshotFormatError and nothing else, whatever byte is changed to whatever', () => {
    fc.assert(
      fc.property(fc.nat(), fc.nat({ max: 255 }), fc.nat({ max: 400 }), (at, value, cut) => {
        const body = exampleBody();
        body[at % body.length] = value;
        try {
          restoreBody(body, ZXID, [cut]);
        } catch (error) {
          expect(error).toBeInstanceOf(SnapshotFormatError);
        }
      }),
      { numRuns: 400, seed: 7 },
    );
  });

  it('gives SnapshotFormatError for garbage', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (garbage) => {
        expect(() => restoreBody(garbage, ZXID)).toThrow(SnapshotFormatError);
      }),
      { numRuns: 300, seed: 8 },
    );
  });

  it.each([
    ['a znode without its parent', bodyOf([ROOT, { path: '/a/b', acl: -1n }])],
    ['a znode twice', bodyOf([ROOT, { path: '/a', acl: -1n }, { path: '/a', acl: -1n }])],
    ['the root twice', bodyOf([ROOT, ROOT])],
    ['no root', bodyOf([])],
    ['a relative path', bodyOf([ROOT, { path: 'a', acl: -1n }])],
    ['more behind the digest than any version writes', Buffer.concat([exampleBody(), Buffer.alloc(200)])],
    ['half a digest', bodyOf([ROOT], (writer) => writer.writeLong(1n))],
    ['a negative count', new Uint8Array([255, 255, 255, 255])],
  ])('is refused: %s', (_, body) => {
    expect(() => restoreBody(body, ZXID)).toThrow(SnapshotFormatError);
  });

  it('with a digest of its own zxid that its znodes do not have is refused', () => {
    const body = exampleBody();
    body[body.length - 1] = (body.at(-1) as number) ^ 1;
    expect(() => restoreBody(body, ZXID)).toThrow(/digest/);
  });

  it('ends the use of the restorer', () => {
    const restorer = new SnapshotRestorer();
    expect(() => restorer.push(new Uint8Array([255, 255, 255, 255]))).toThrow(SnapshotFormatError);
    expect(() => restorer.push(new Uint8Array(1))).toThrow(/no more/);
    expect(() => restorer.finish(ZXID as Zxid)).toThrow(/once/);
  });
});
