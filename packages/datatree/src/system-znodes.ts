// The znodes that every tree has from the start, without a txn (DataTree's constructor): "/", /zookeeper, /zookeeper/quota
// and /zookeeper/config.

import { type Acl, Permission } from '@zebu/protocol';
import { OPEN_ACL_SLOT } from './acl-cache.ts';
import { NO_NODE, StatOffset } from './node-store.ts';
import { PathKey } from './path-key.ts';
import { highWordOfNumber, lowWordOfNumber } from './words.ts';
import type { Znodes } from './znodes.ts';

const SYSTEM_PATH = '/zookeeper';
const QUOTA_PATH = '/zookeeper/quota';
const CONFIG_PATH = '/zookeeper/config';

/** ZooDefs.Ids.READ_ACL_UNSAFE: only reconfig writes the configuration (ZOOKEEPER-2014). */
const READ_ACL_UNSAFE: readonly Acl[] = [{ permissions: Permission.READ, scheme: 'world', id: 'anyone' }];
/** No txn has set it. */
const NO_VERSION = -1;
const NO_DATA = new Uint8Array(0);

export function addSystemZnodes(znodes: Znodes): void {
  addBare(znodes, '/');
  addBare(znodes, SYSTEM_PATH);
  addBare(znodes, QUOTA_PATH);
  addConfigZnode(znodes);
  countRootAgain(znodes);
}

/** ZooKeeper keeps the root under "" and under "/", and counts the second too (DataTree.approximateDataSize). */
export function countRootAgain(znodes: Znodes): void {
  znodes.countBytes('/'.length);
}

/** ZKDatabase.initConfigInZKDatabase. A tree from before ZooKeeper 3.5 gets the znode first. */
export function setConfigData(
  znodes: Znodes,
  data: Uint8Array,
  version: { high: number; low: number },
  now: number,
): void {
  const existing = find(znodes, CONFIG_PATH);
  const node = existing === NO_NODE ? addConfigZnode(znodes) : existing;
  const key = keyOf(CONFIG_PATH);
  znodes.beginChange(node, key.countsInDigest);
  znodes.replaceData(node, key, data, 0, data.length);
  znodes.nodes.setStatLong(node, StatOffset.MZXID, version.high, version.low);
  znodes.nodes.setStatLong(node, StatOffset.MTIME, highWordOfNumber(now), lowWordOfNumber(now));
  znodes.nodes.setStatInt(node, StatOffset.VERSION, NO_VERSION);
  znodes.endChange(node, key.countsInDigest);
}

function addConfigZnode(znodes: Znodes): number {
  const node = addBare(znodes, CONFIG_PATH);
  znodes.replaceAcl(node, znodes.acls.useList(READ_ACL_UNSAFE));
  znodes.nodes.setStatInt(node, StatOffset.AVERSION, NO_VERSION);
  return node;
}

/** With a Stat of zeros, and without a trace in its parent's but the number of children. */
function addBare(znodes: Znodes, path: string): number {
  const key = keyOf(path);
  const parent = znodes.names.findParent(key);
  if (parent !== NO_NODE) znodes.beginChange(parent, key.parentCountsInDigest);
  const node = znodes.add(parent, key, NO_DATA, 0, 0, OPEN_ACL_SLOT);
  if (parent !== NO_NODE) znodes.endChange(parent, key.parentCountsInDigest);
  znodes.endChange(node, key.countsInDigest);
  return node;
}

function find(znodes: Znodes, path: string): number {
  return znodes.names.find(keyOf(path));
}

function keyOf(path: string): PathKey {
  const key = new PathKey();
  key.setString(path);
  return key;
}
