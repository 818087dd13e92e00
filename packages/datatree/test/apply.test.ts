// What is special about each kind of txn, beside what the model test compares.

import { encodeTxnHeader, JuteError, JuteWriter } from '@zebu/jute';
import { ErrorCode, OpCode, type SessionId, type TxnBytes, type Zxid } from '@zebu/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DataTree } from '../src/index.ts';
import { dumpNode, dumpState } from './support/dump.ts';
import { ACLS } from './support/operations.ts';
import { bytesOf, createdBy, NOBODY, TxnSource } from './support/txns.ts';
import { PATIENT } from './support/patience.ts';

function setUp(...paths: string[]): { tree: DataTree; source: TxnSource } {
  const tree = new DataTree();
  const source = new TxnSource();
  for (const path of paths) tree.apply(source.create(path), NOBODY);
  return { tree, source };
}

describe('lastProcessedZxid', PATIENT, () => {
  it('follows the txns, never backwards, into a new epoch too', () => {
    const { tree, source } = setUp('/a');
    expect(tree.lastProcessedZxid).toBe(source.zxid);
    tree.apply(source.setData('/a', null, 1, { zxid: 5n }), NOBODY);
    expect(tree.lastProcessedZxid).toBe(0x1_0000_0001n);
    tree.apply(source.setData('/a', null, 1, { zxid: 0x2_ffff_ffffn }), NOBODY);
    expect(tree.lastProcessedZxid).toBe(0x2_ffff_ffffn);
  });

  it('moves with error txns too: they have a zxid of their own', () => {
    const { tree, source } = setUp();
    tree.apply(source.error(ErrorCode.NONODE), NOBODY);
    expect(tree.lastProcessedZxid).toBe(source.zxid);
  });
});

describe('replay of what the tree holds already', PATIENT, () => {
  it('of a creation keeps the znode, and takes the parent’s counter only upwards', () => {
    const { tree, source } = setUp('/a', '/a/b');
    const before = dumpNode(tree, '/a/b');
    const again = source.create('/a/b', { data: bytesOf('late'), parentCVersion: 1 });
    expect(tree.apply(again, NOBODY).error).toBe(ErrorCode.NODEEXISTS);
    expect(dumpNode(tree, '/a/b')).toEqual(before);
    expect(tree.lookup('/a')).toMatchObject({ cversion: 1, pzxid: 0x1_0000_0002n });
    tree.apply(source.create('/a/b', { parentCVersion: 9 }), NOBODY);
    expect(tree.lookup('/a')).toMatchObject({ cversion: 9, pzxid: source.zxid });
  });

  it('of a creation by an older ZooKeeper counts it at the parent, since the txn does not', () => {
    const { tree, source } = setUp('/a');
    const full = source.create('/a/b', { parentCVersion: 7 });
    tree.apply(full.slice(0, -4), NOBODY);
    expect(tree.lookup('/a')?.cversion).toBe(1);
  });

  it('of a creation gives the znode the ACL of the txn (ZOOKEEPER-4846)', () => {
    const { tree, source } = setUp('/a');
    tree.apply(source.create('/a', { acl: ACLS[2] ?? [] }), NOBODY);
    expect(tree.aclOf('/a')).toEqual(ACLS[2]);
  });

  it('of a deletion whose znode is gone still moves the parent’s pzxid, never backwards (ZOOKEEPER-3125)', () => {
    const { tree, source } = setUp('/a');
    expect(tree.apply(source.delete('/a/gone'), NOBODY).error).toBe(ErrorCode.NONODE);
    expect(tree.lookup('/a')?.pzxid).toBe(source.zxid);
    tree.apply(source.delete('/a/gone', { zxid: 5n }), NOBODY);
    expect(tree.lookup('/a')?.pzxid).toBe(0x1_0000_0002n);
  });

  it('of a deletion takes later children along: the log creates them again', () => {
    const { tree, source } = setUp('/a', '/a/b', '/a/b/c', '/a/d');
    tree.apply(source.create('/a/b/e', { ephemeral: true, session: 5n }), NOBODY);
    expect(tree.apply(source.delete('/a'), NOBODY).error).toBe(ErrorCode.OK);
    expect(tree.nodeCount).toBe(new DataTree().nodeCount);
    expect([...tree.ephemeralsOf(5n as SessionId)]).toEqual([]);
    expect(tree.approximateDataBytes).toBe(new DataTree().approximateDataBytes);
  });
});

describe('sessions', PATIENT, () => {
  it('are in the table from createSession to closeSession', () => {
    const { tree, source } = setUp();
    tree.apply(source.createSession(5n, 4000), NOBODY);
    tree.apply(source.createSession(-6n, 5000), NOBODY);
    tree.apply(source.createSession(5n, 4500), NOBODY);
    expect([...tree.sessions]).toEqual([
      [5n, 4500],
      [-6n, 5000],
    ]);
    expect(tree.sessions.get(-6n as SessionId)).toBe(5000);
    expect(tree.sessions.size).toBe(2);
    tree.apply(source.closeSession(5n, []), NOBODY);
    expect(tree.sessions.has(5n as SessionId)).toBe(false);
    expect(tree.sessions.get(5n as SessionId)).toBeUndefined();
    tree.apply(source.closeSession(5n, []), NOBODY);
    expect(tree.sessions.size).toBe(1);
  });

  it('take the znodes that the txn lists with them, and any other of theirs', () => {
    const { tree, source } = setUp('/p');
    for (const path of ['/x', '/y', '/z']) tree.apply(source.create(path, { session: 5n, ephemeral: true }), NOBODY);
    tree.apply(source.create('/other', { session: 6n, ephemeral: true }), NOBODY);
    expect([...tree.ephemeralsOf(5n as SessionId)].toSorted()).toEqual(['/x', '/y', '/z']);
    tree.apply(source.closeSession(5n, ['/y', '/gone', '/p']), NOBODY);
    expect(['/x', '/y', '/z', '/p', '/other'].filter((path) => tree.lookup(path) !== undefined)).toEqual(['/other']);
    expect(tree.ephemeralsCount).toBe(1);
  });

  it.each([undefined, 5n])(
    'take all their znodes when the txn has no list (before ZooKeeper 3.6), digest %s',
    (digest) => {
      const { tree, source } = setUp();
      tree.apply(source.create('/x', { session: 5n, ephemeral: true }), NOBODY);
      tree.apply(source.create('/y', { session: 5n, ephemeral: true }), NOBODY);
      const options = digest === undefined ? {} : { digest };
      const outcome = tree.apply(source.closeSession(5n, undefined, options), NOBODY);
      expect(outcome.digestMismatch).toBe(digest !== undefined);
      expect(tree.ephemeralsCount).toBe(0);
      expect(tree.lookup('/')?.childCount).toBe(1);
    },
  );
});

describe('multi', PATIENT, () => {
  it('applies its parts in order under one zxid, and gives each outcome with its own Stat', () => {
    const { tree, source } = setUp();
    const outcome = tree.apply(
      source.multi([
        { type: 'create', ...createdBy('/a'), ephemeral: false },
        { type: 'setData', path: '/a', data: bytesOf('new'), version: 1 },
        { type: 'check', path: '/a', version: 1 },
        { type: 'create', ...createdBy('/a/b'), ephemeral: true },
        { type: 'delete', path: '/a/b' },
      ]),
      NOBODY,
    );
    expect(outcome.error).toBe(ErrorCode.OK);
    const operations = outcome.operations ?? [];
    expect(operations.map(({ type, path, error }) => [type, path, error])).toEqual([
      [OpCode.CREATE, '/a', 0],
      [OpCode.SET_DATA, '/a', 0],
      [OpCode.CHECK, '/a', 0],
      [OpCode.CREATE, '/a/b', 0],
      [OpCode.DELETE, '/a/b', 0],
    ]);
    expect(operations.map(({ stat }) => stat?.length)).toEqual([68, 68, undefined, 68, undefined]);
    expect(operations[0]?.stat).not.toEqual(operations[1]?.stat);
    expect(dumpNode(tree, '/a').stat).toMatchObject({ czxid: source.zxid, pzxid: source.zxid, cversion: 2 });
  });

  it('changes nothing when a part is an error: what precedes it is OK, what follows is RUNTIMEINCONSISTENCY', () => {
    const { tree, source } = setUp('/a');
    const before = dumpNode(tree, '/a');
    const outcome = tree.apply(
      source.multi([
        { type: 'setData', path: '/a', data: null, version: 1 },
        { type: 'error', error: ErrorCode.BADVERSION },
        { type: 'delete', path: '/a' },
        { type: 'error', error: ErrorCode.RUNTIMEINCONSISTENCY },
      ]),
      NOBODY,
    );
    expect(outcome.error).toBe(ErrorCode.BADVERSION);
    expect(outcome.operations?.map(({ type, error }) => [type, error])).toEqual([
      [OpCode.ERROR, ErrorCode.OK],
      [OpCode.ERROR, ErrorCode.BADVERSION],
      [OpCode.ERROR, ErrorCode.RUNTIMEINCONSISTENCY],
      [OpCode.ERROR, ErrorCode.RUNTIMEINCONSISTENCY],
    ]);
    expect(dumpNode(tree, '/a')).toEqual(before);
    expect(tree.lastProcessedZxid).toBe(source.zxid);
  });

  it('of no parts is a txn like any other', () => {
    const { tree, source } = setUp();
    expect(tree.apply(source.multi([]), NOBODY)).toMatchObject({ error: 0, operations: [] });
  });
});

describe('txns of other kinds', PATIENT, () => {
  it('deleteContainer deletes, reconfig sets the data of the configuration, a lone check changes nothing (ZOOKEEPER-2623)', () => {
    const { tree, source } = setUp('/c');
    const before = dumpState(tree) as object;
    expect(tree.apply(source.make({ type: 'check', path: '/c', version: 5 }), NOBODY).error).toBe(ErrorCode.OK);
    expect(dumpState(tree)).toEqual({ ...before, lastProcessedZxid: source.zxid });
    tree.apply(source.delete('/c', { opCode: OpCode.DELETE_CONTAINER }), NOBODY);
    expect(tree.lookup('/c')).toBeUndefined();
    tree.apply(source.setData('/zookeeper/config', bytesOf('server.1=x'), -1, { opCode: OpCode.RECONFIG }), NOBODY);
    expect(dumpNode(tree, '/zookeeper/config').stat).toMatchObject({ version: -1, mzxid: source.zxid });
  });

  it('of a type that no ZooKeeper logs are refused with a JuteError', () => {
    const writer = new JuteWriter();
    encodeTxnHeader(writer, { sessionId: 1n as SessionId, cxid: 1, zxid: 1n as Zxid, time: 1, type: 99 });
    expect(() => new DataTree().apply(writer.take(), NOBODY)).toThrow(JuteError);
  });

  it('that are cut short or garbled are refused with a JuteError and nothing else', () => {
    const source = new TxnSource();
    const txns = [
      source.create('/ä', { digest: 1n }),
      source.setAcl('/', ACLS[2] ?? [], 1),
      source.closeSession(1n, ['/a', '/b']),
      source.multi([{ type: 'create', ...createdBy('/a'), ephemeral: true }]),
    ];
    fc.assert(
      fc.property(fc.constantFrom(...txns), fc.nat(), fc.nat({ max: 255 }), fc.nat(), (txn, at, value, length) => {
        const bytes = txn.slice(0, Math.max(20, length % (txn.length + 20)));
        bytes[at % bytes.length] = value;
        expectJuteErrorAtMost(bytes);
      }),
      { numRuns: 1000, seed: 9 },
    );
  });

  it('with a relative path or a null one are refused', () => {
    const source = new TxnSource();
    expect(() => new DataTree().apply(source.delete('a/b'), NOBODY)).toThrow(JuteError);
    expect(() => new DataTree().apply(source.delete(''), NOBODY)).toThrow(JuteError);
  });

  it('never remove the root', () => {
    const { tree, source } = setUp();
    expect(tree.apply(source.delete('/'), NOBODY).error).toBe(ErrorCode.NONODE);
    expect(tree.apply(source.create('/'), NOBODY).error).toBe(ErrorCode.NODEEXISTS);
    expect(tree.lookup('/')).toBeDefined();
  });

  it('do not keep the bytes they came in', () => {
    const { tree, source } = setUp();
    for (const length of [1, 63, 64, 5000, 20_000]) {
      const txn = source.create(`/n${length}`, { data: new Uint8Array(length).fill(7) });
      tree.apply(txn, NOBODY);
      txn.fill(0);
      expect(tree.lookup(`/n${length}`)?.data).toEqual(new Uint8Array(length).fill(7));
    }
  });
});

function expectJuteErrorAtMost(bytes: TxnBytes): void {
  try {
    new DataTree().apply(bytes, NOBODY);
  } catch (error) {
    expect(error).toBeInstanceOf(JuteError);
  }
}
