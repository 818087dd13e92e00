// Files that Apache ZooKeeper 3.8.0 wrote while kazoo and its own shell worked on it; dump.json is what kazoo then read.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { decodeTxn } from '@zebu/jute';
import { describe, expect, it } from 'vitest';
import { DataTree, SnapshotRestorer, type WatchEventSink } from '../src/index.ts';
import { dumpState, dumpTree, hex } from './support/dump.ts';
import { readLogFiles, readSnapshotFiles, type SnapshotFile } from './support/zookeeper-files.ts';
import { PATIENT } from './support/patience.ts';

const directoryOf = (name: string): string => join(import.meta.dirname, 'fixtures', name);
const NOBODY: WatchEventSink = { onWatchEvent: () => undefined };

function restore(snapshot: SnapshotFile): DataTree {
  const restorer = new SnapshotRestorer();
  restorer.push(snapshot.body);
  return restorer.finish(snapshot.zxid);
}

/** Applies what lies behind the tree's zxid; every digest on the way must match. */
function replay(tree: DataTree, txns: readonly Uint8Array[]): DataTree {
  const from = tree.lastProcessedZxid;
  for (const txn of txns) {
    if (decodeTxn(txn).header.zxid <= from) continue;
    const outcome = tree.apply(txn, NOBODY);
    expect(outcome.digestMismatch, `digest after ${outcome.zxid.toString(16)}`).toBe(false);
  }
  return tree;
}

describe('files of Apache ZooKeeper 3.8', PATIENT, () => {
  const directory = directoryOf('zookeeper-3.8');
  const txns = readLogFiles(directory);
  const snapshots = readSnapshotFiles(directory);
  const replayed = replay(new DataTree(), txns);

  it('hold a digest in every txn but errors, so that nothing here passes for want of one', () => {
    const decoded = txns.map((txn) => decodeTxn(txn));
    for (const { txn, digest } of decoded) expect(digest?.version).toBe(txn.type === 'error' ? undefined : 2);
    const types = new Set(decoded.map(({ txn }) => txn.type));
    expect(types.size).toBe(10);
  });

  it('start with the digest that ZooKeeper logs at its first start', () => {
    expect(new DataTree().treeDigest).toBe(1371985504n);
    expect(dumpState(restore(snapshots[0] as SnapshotFile))).toEqual(dumpState(new DataTree()));
  });

  it.each(snapshots)('$name and the log behind it give the tree that the whole log gives', (snapshot) => {
    expect(dumpState(replay(restore(snapshot), txns))).toEqual(dumpState(replayed));
  });

  it('the tree is the one that a client of ZooKeeper read', () => {
    const { nodes, mntr } = JSON.parse(readFileSync(join(directory, 'dump.json'), 'utf8'));
    const dumped = dumpTree(replayed);
    expect(Object.keys(dumped).toSorted()).toEqual(Object.keys(nodes).toSorted());
    for (const [path, node] of Object.entries(dumped)) {
      const expected = nodes[path];
      const stat = Object.values(node.stat).map((value) => Number(value));
      expect(stat, `stat of ${path}`).toEqual(expected.stat);
      if (expected.data !== null) expect(node.data).toBe(hex(Buffer.from(expected.data, 'base64')));
      if (expected.children !== null) expect(node.children).toEqual(expected.children);
      if (expected.acl !== null) expect(node.acl).toEqual(expected.acl.map((acl: unknown[]) => acl.join(':')));
    }
    expect(replayed.nodeCount).toBe(Number(mntr.zk_znode_count));
    expect(replayed.ephemeralsCount).toBe(Number(mntr.zk_ephemerals_count));
    expect(replayed.approximateDataBytes).toBe(Number(mntr.zk_approximate_data_size));
  });
});

describe('a snapshot that ZooKeeper wrote while 267 txns were applied', PATIENT, () => {
  const directory = directoryOf('zookeeper-3.8-fuzzy');
  const txns = readLogFiles(directory);
  const [fuzzy, exact] = readSnapshotFiles(directory) as [SnapshotFile, SnapshotFile];

  it('and the log behind it give the tree that a later, exact one gives', () => {
    expect(fuzzy.digestZxid - fuzzy.zxid).toBe(267n);
    expect(exact.digestZxid).toBe(exact.zxid);
    expect(dumpState(replay(restore(fuzzy), txns))).toEqual(dumpState(replay(restore(exact), txns)));
  });

  it('is a mixture until its digest is reached, and exact from there on', () => {
    const tree = restore(fuzzy);
    const upTo = txns.filter((txn) => decodeTxn(txn).header.zxid <= fuzzy.digestZxid);
    expect(new Set(upTo.map((txn) => decodeTxn(txn).digest?.treeDigest)).has(tree.treeDigest)).toBe(false);
    replay(tree, upTo);
    expect(tree.treeDigest).toBe(decodeTxn(upTo.at(-1) as Uint8Array).digest?.treeDigest);
  });
});
