// Stat fields after each kind of txn, as ZooKeeper's clients see them.

import { decodeStat, JuteReader } from '@zebu/jute';
import { ErrorCode, OpCode, type Stat } from '@zebu/protocol';
import { describe, expect, it } from 'vitest';
import { DataTree } from '../src/index.ts';
import { dumpNode } from './support/dump.ts';
import { ACLS } from './support/operations.ts';
import { bytesOf, createdBy, NOBODY, START_TIME, TxnSource } from './support/txns.ts';

const FIRST = 0x1_0000_0001n;

function treeWith(make: (source: TxnSource) => Uint8Array[]): DataTree {
  const tree = new DataTree();
  for (const txn of make(new TxnSource())) tree.apply(txn, NOBODY);
  return tree;
}

const statOf = (tree: DataTree, path: string): Stat => dumpNode(tree, path).stat;
const decode = (stat: Uint8Array | undefined): Stat => decodeStat(new JuteReader(stat));

describe('Stat', () => {
  it('of a new znode has the zxid and time of its creation in all its zxids and times', () => {
    const tree = treeWith((source) => [source.create('/a', { data: bytesOf('four') })]);
    expect(statOf(tree, '/a')).toEqual({
      czxid: FIRST,
      mzxid: FIRST,
      pzxid: FIRST,
      ctime: START_TIME + 1,
      mtime: START_TIME + 1,
      version: 0,
      cversion: 0,
      aversion: 0,
      ephemeralOwner: 0n,
      dataLength: 4,
      numChildren: 0,
    });
  });

  it('changes with setData in mzxid, mtime, version and dataLength only', () => {
    const tree = treeWith((source) => [source.create('/a'), source.setData('/a', bytesOf('longer data'), 1)]);
    const { czxid, ctime, pzxid, cversion, ...changed } = statOf(tree, '/a');
    expect([czxid, pzxid, ctime, cversion]).toEqual([FIRST, FIRST, START_TIME + 1, 0]);
    expect(changed).toMatchObject({ mzxid: FIRST + 1n, mtime: START_TIME + 2, version: 1, dataLength: 11 });
  });

  it('changes with setACL in aversion only', () => {
    const tree = treeWith((source) => [source.create('/a'), source.setAcl('/a', ACLS[2] ?? [], 1)]);
    expect(statOf(tree, '/a')).toMatchObject({ mzxid: FIRST, version: 0, aversion: 1 });
    expect(tree.aclOf('/a')).toEqual(ACLS[2]);
  });

  it('shows creations and deletions of children in cversion: 2 x counter - numChildren (DataNode.copyStat)', () => {
    const tree = new DataTree();
    const source = new TxnSource();
    const cversions: number[] = [];
    const stored: (number | undefined)[] = [];
    for (const txn of [
      source.create('/a'),
      source.create('/a/b', { parentCVersion: 1 }),
      source.create('/a/c', { parentCVersion: 2 }),
      source.delete('/a/b'),
      source.delete('/a/c'),
    ]) {
      tree.apply(txn, NOBODY);
      cversions.push(statOf(tree, '/a').cversion);
      stored.push(tree.lookup('/a')?.cversion);
    }
    expect(cversions).toEqual([0, 1, 2, 3, 4]);
    expect(stored).toEqual([0, 1, 2, 2, 2]);
    expect(statOf(tree, '/a')).toMatchObject({ pzxid: FIRST + 4n, mzxid: FIRST, numChildren: 0 });
  });

  it('wraps cversion as a Java int does', () => {
    const tree = treeWith((source) => [source.create('/a'), source.create('/a/b', { parentCVersion: 0x7fff_ffff })]);
    expect(statOf(tree, '/a').cversion).toBe(((0x7fff_ffff * 2) | 0) - 1);
    expect(tree.lookup('/a')?.cversion).toBe(0x7fff_ffff);
  });

  it('has the session that owns an ephemeral znode, also a negative id', () => {
    const session = -0x7000_0000_0000_0001n;
    const tree = treeWith((source) => [source.create('/a', { session, ephemeral: true })]);
    expect(statOf(tree, '/a').ephemeralOwner).toBe(session);
    expect(tree.lookup('/a')?.isEphemeral).toBe(true);
  });

  it('hides the owner that marks a container or a TTL (DataNode.getClientEphemeralOwner)', () => {
    const tree = treeWith((source) => [
      source.make({ type: 'createContainer', ...createdBy('/c') }),
      source.make({ type: 'createTTL', ...createdBy('/t'), ttlMs: 0x12_3456_789a }),
    ]);
    expect(statOf(tree, '/c').ephemeralOwner).toBe(0n);
    expect(statOf(tree, '/t').ephemeralOwner).toBe(0n);
    expect(tree.lookup('/c')?.ephemeralOwner).toBe(-(2n ** 63n));
    expect(tree.lookup('/t')?.ephemeralOwner).toBe(-(2n ** 56n) + 0x12_3456_789an);
    expect(tree.lookup('/t')?.isEphemeral).toBe(false);
    expect(tree.ephemeralsCount).toBe(0);
  });

  it('of null data has dataLength 0, and the data stays null', () => {
    const tree = treeWith((source) => [
      source.create('/a'),
      source.setData('/a', null, 1),
      source.create('/b', { data: new Uint8Array(0) }),
    ]);
    expect(dumpNode(tree, '/a')).toMatchObject({ data: null, stat: { dataLength: 0 } });
    expect(dumpNode(tree, '/b').data).toBe('');
  });
});

describe('the outcome of a txn', () => {
  it('has path and Stat of what create2, setData and setACL left, until the next apply', () => {
    const tree = new DataTree();
    const source = new TxnSource();
    const created = tree.apply(source.create('/ä', { opCode: OpCode.CREATE2, session: 77n }), NOBODY);
    expect(created).toMatchObject({
      type: OpCode.CREATE2,
      error: ErrorCode.OK,
      path: '/ä',
      zxid: FIRST,
      sessionId: 77n,
      cxid: 1,
    });
    expect(decode(created.stat)).toEqual(statOf(tree, '/ä'));
    expect([created.sessionIdHigh, created.sessionIdLow]).toEqual([0, 77]);
    const changed = tree.apply(source.setData('/ä', bytesOf('x'), 1), NOBODY);
    expect(decode(changed.stat).version).toBe(1);
    expect(decode(tree.apply(source.setAcl('/ä', [], 1), NOBODY).stat).aversion).toBe(1);
  });

  it('has no Stat of a deletion or of what failed', () => {
    const tree = new DataTree();
    const source = new TxnSource();
    expect(tree.apply(source.setData('/a', null, 1), NOBODY)).toMatchObject({
      error: ErrorCode.NONODE,
      stat: undefined,
    });
    expect(tree.apply(source.setAcl('/a', [], 1), NOBODY)).toMatchObject({ error: ErrorCode.NONODE, stat: undefined });
    tree.apply(source.create('/a'), NOBODY);
    expect(tree.apply(source.delete('/a'), NOBODY)).toMatchObject({ error: ErrorCode.OK, path: '/a', stat: undefined });
    const failed = tree.apply(source.error(ErrorCode.BADVERSION), NOBODY);
    expect(failed).toMatchObject({ error: ErrorCode.BADVERSION, path: undefined, stat: undefined, type: OpCode.ERROR });
  });
});
