import { decodeGetAclResponse, decodeGetChildrenResponse, JuteReader, JuteWriter } from '@zebu/jute';
import { ErrorCode, type SessionId, WatcherType } from '@zebu/protocol';
import { describe, expect, it } from 'vitest';
import { DataTree, type WatcherId } from '../src/index.ts';
import { dumpNode, dumpTree } from './support/dump.ts';
import { ACLS } from './support/operations.ts';
import { restoreBody, takeAll } from './support/snapshots.ts';
import { bytesOf, NOBODY, TxnSource } from './support/txns.ts';

describe('a fresh tree', () => {
  it('has the znodes that ZooKeeper 3.8 starts with', () => {
    const tree = new DataTree();
    expect(Object.keys(dumpTree(tree)).toSorted()).toEqual([
      '/',
      '/zookeeper',
      '/zookeeper/config',
      '/zookeeper/quota',
    ]);
    expect(dumpNode(tree, '/')).toMatchObject({
      data: '',
      acl: ['31:world:anyone'],
      stat: { cversion: -1, numChildren: 1 },
    });
    expect(dumpNode(tree, '/zookeeper').stat).toMatchObject({ cversion: -2, numChildren: 2, czxid: 0n, ctime: 0 });
    expect(dumpNode(tree, '/zookeeper/config')).toMatchObject({ acl: ['1:world:anyone'], stat: { aversion: -1 } });
  });

  it('has the counts that ZooKeeper’s mntr prints at its first start', () => {
    const tree = new DataTree();
    expect(tree.nodeCount).toBe(5);
    expect(tree.approximateDataBytes).toBe(44);
    expect([tree.ephemeralsCount, tree.watchCount, tree.sessions.size, tree.lastProcessedZxid]).toEqual([0, 0, 0, 0n]);
  });
});

describe('reads', () => {
  it('append to what the writer holds, and append nothing when they fail', () => {
    const tree = new DataTree();
    const out = new JuteWriter();
    out.writeInt(7);
    expect(tree.getChildren('/zookeeper', out)).toBe(ErrorCode.OK);
    const reader = new JuteReader(out.take());
    expect(reader.readInt()).toBe(7);
    expect(decodeGetChildrenResponse(reader).children.toSorted()).toEqual(['config', 'quota']);
    for (const read of ['exists', 'getData', 'getChildren', 'getChildren2', 'getAcl'] as const) {
      expect(tree[read]('/missing', out)).toBe(ErrorCode.NONODE);
    }
    expect(out.length).toBe(0);
  });

  it('see what was applied since the same path was read', () => {
    const tree = new DataTree();
    const source = new TxnSource();
    const exists = (): number => tree.exists('/a', new JuteWriter());
    expect(exists()).toBe(ErrorCode.NONODE);
    tree.apply(source.create('/a'), NOBODY);
    expect(exists()).toBe(ErrorCode.OK);
    tree.apply(source.delete('/a'), NOBODY);
    expect(exists()).toBe(ErrorCode.NONODE);
    // Named without being looked for, then looked for.
    expect(tree.hasWatch('/zookeeper', WatcherType.DATA, 1 as WatcherId)).toBe(false);
    expect(tree.exists('/zookeeper', new JuteWriter())).toBe(ErrorCode.OK);
    expect(exists()).toBe(ErrorCode.NONODE);
  });

  it('give the ACL with the Stat', () => {
    const tree = new DataTree();
    tree.apply(new TxnSource().create('/a', { acl: ACLS[2] ?? [] }), NOBODY);
    const out = new JuteWriter();
    expect(tree.getAcl('/a', out)).toBe(ErrorCode.OK);
    expect(decodeGetAclResponse(new JuteReader(out.take()))).toEqual({ acl: ACLS[2], stat: dumpNode(tree, '/a').stat });
    expect(tree.aclOf('/missing')).toBeUndefined();
  });

  it.each(['', 'a', '//', '/a/', '/a//b', 'zookeeper', '/zookeeper/'])(
    'find nothing under the malformed path "%s"',
    (path) => {
      const tree = new DataTree();
      tree.apply(new TxnSource().create('/a'), NOBODY);
      const found = tree.lookup(path) !== undefined;
      expect(found).toBe(path === '');
    },
  );

  it('tell names apart that differ late, are long, or are not ASCII', () => {
    const tree = new DataTree();
    const source = new TxnSource();
    const long = 'x'.repeat(70_000);
    const paths = [
      '/n',
      `/n${'y'.repeat(254)}`,
      `/n${'y'.repeat(255)}`,
      `/${long}`,
      `/${long}z`,
      '/é',
      '/é/日本',
      '/è',
    ];
    for (const [i, path] of paths.entries()) tree.apply(source.create(path, { data: bytesOf(`${i}`) }), NOBODY);
    for (const [i, path] of paths.entries())
      expect(dumpNode(tree, path).data).toBe(Buffer.from(`${i}`).toString('hex'));
    expect(dumpNode(tree, '/').children.toSorted()).toContain(`${long}z`);
    const copy = restoreBody(takeAll(tree.openSnapshot(), 1 << 16), tree.lastProcessedZxid);
    expect(dumpTree(copy)).toEqual(dumpTree(tree));
  });
});

describe('lookup', () => {
  it('stays as it was when the tree changes; the data must be read before', () => {
    const tree = new DataTree();
    const source = new TxnSource();
    tree.apply(source.create('/a', { data: bytesOf('one') }), NOBODY);
    const facts = tree.lookup('/a');
    const data = facts?.data;
    tree.apply(source.setData('/a', bytesOf('two'), 1), NOBODY);
    expect(facts).toMatchObject({ version: 0, czxid: 0x1_0000_0001n, mzxid: 0x1_0000_0001n, ctime: facts?.mtime });
    expect(data).toEqual(bytesOf('one'));
    expect(() => facts?.data).toThrow(/before the tree changes/);
  });

  it('gives null data as null', () => {
    const tree = new DataTree();
    tree.apply(new TxnSource().create('/a', { data: null }), NOBODY);
    expect(tree.lookup('/a')?.data).toBeNull();
    expect(tree.lookup('/b')).toBeUndefined();
  });
});

describe('ephemeralsOf', () => {
  it('follows creations and deletions in any order', () => {
    const tree = new DataTree();
    const source = new TxnSource();
    const paths = ['/a', '/b', '/c', '/d'];
    const own = (): string[] => [...tree.ephemeralsOf(-5n as SessionId)].toSorted();
    for (const path of paths) tree.apply(source.create(path, { session: -5n, ephemeral: true }), NOBODY);
    for (const path of ['/b', '/d', '/a', '/c']) {
      expect(own()).toContain(path);
      tree.apply(source.delete(path), NOBODY);
      expect(own()).not.toContain(path);
    }
    expect(tree.ephemeralsCount).toBe(0);
    tree.apply(source.create('/d', { session: -5n, ephemeral: true }), NOBODY);
    expect(own()).toEqual(['/d']);
  });

  it('are counted up to a limit', () => {
    const tree = new DataTree();
    const source = new TxnSource();
    for (const path of ['/a', '/b', '/c']) tree.apply(source.create(path, { session: -5n, ephemeral: true }), NOBODY);
    const count = (limit: number) => tree.ephemeralCountOf(-5n as SessionId, limit);
    expect([count(2), count(3), count(4)]).toEqual([2, 3, 3]);
    expect(tree.ephemeralCountOf(6n as SessionId, 9)).toBe(0);
  });
});

describe('setConfig', () => {
  it('sets the data of /zookeeper/config with the configuration’s version as mzxid (ZKDatabase.initConfigInZKDatabase)', () => {
    const tree = new DataTree();
    const digest = tree.treeDigest;
    tree.setConfig(bytesOf('server.1=a:1:2\nversion=0'), 0x1_0000_0005n, 1234);
    expect(dumpNode(tree, '/zookeeper/config').stat).toMatchObject({ mzxid: 0x1_0000_0005n, mtime: 1234, version: -1 });
    expect(tree.treeDigest).toBe(digest);
    expect(tree.lastProcessedZxid).toBe(0n);
  });

  it('adds the znode to a tree that an older ZooKeeper wrote', () => {
    const tree = new DataTree();
    tree.apply(new TxnSource().delete('/zookeeper/config'), NOBODY);
    tree.setConfig(bytesOf('x'), 1n, 1);
    expect(dumpNode(tree, '/zookeeper/config')).toMatchObject({ data: '78', acl: ['1:world:anyone'] });
  });
});
