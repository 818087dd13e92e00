// ReferenceCountedACLCache: which ACLs a snapshot's table holds, under which ids.

import { decodeAclList, JuteReader } from '@zebu/jute';
import type { Acl } from '@zebu/protocol';
import { describe, expect, it } from 'vitest';
import { AclCache, OPEN_ACL_SLOT } from '../src/acl-cache.ts';
import { DataTree } from '../src/index.ts';
import { ACLS } from './support/operations.ts';
import { takeAll } from './support/snapshots.ts';
import { createdBy, NOBODY, TxnSource } from './support/txns.ts';

/** The ids and ACLs in the table of a snapshot of the tree. No session is in it. */
function aclTable(tree: DataTree): [number, readonly Acl[]][] {
  const reader = new JuteReader(takeAll(tree.openSnapshot()));
  expect(reader.readInt()).toBe(0);
  const count = reader.readInt();
  return Array.from({ length: count }, () => [reader.readLongNumber(), decodeAclList(reader)]);
}

const acl = (index: number): readonly Acl[] => ACLS[index] ?? [];
/** The ACL of /zookeeper/config, the first that a tree uses. */
const READ_ONLY = [1, acl(1)];

describe('the ACL table', () => {
  it('gives each ACL the next id at its first use, the open one too, and one id to equal ones', () => {
    const tree = new DataTree();
    const source = new TxnSource();
    tree.apply(source.create('/a', { acl: acl(0) }), NOBODY);
    tree.apply(source.create('/b', { acl: acl(2) }), NOBODY);
    tree.apply(source.create('/c', { acl: acl(0) }), NOBODY);
    tree.apply(source.create('/d', { acl: acl(1) }), NOBODY);
    expect(aclTable(tree)).toEqual([READ_ONLY, [2, acl(0)], [3, acl(2)]]);
  });

  it('forgets an ACL with its last use, by deletion or setACL, and gives it a new id when it comes back', () => {
    const tree = new DataTree();
    const source = new TxnSource();
    tree.apply(source.create('/a', { acl: acl(2) }), NOBODY);
    tree.apply(source.create('/b', { acl: acl(2) }), NOBODY);
    tree.apply(source.delete('/a'), NOBODY);
    expect(aclTable(tree)).toEqual([READ_ONLY, [2, acl(2)]]);
    tree.apply(source.setAcl('/b', acl(0), 1), NOBODY);
    expect(aclTable(tree)).toEqual([READ_ONLY, [3, acl(0)]]);
    tree.apply(source.setAcl('/b', acl(2), 2), NOBODY);
    expect(aclTable(tree)).toEqual([READ_ONLY, [4, acl(2)]]);
    tree.apply(source.delete('/b'), NOBODY);
    expect(aclTable(tree)).toEqual([READ_ONLY]);
  });

  it('keeps an ACL that a znode changes to itself', () => {
    const tree = new DataTree();
    const source = new TxnSource();
    tree.apply(source.create('/a', { acl: acl(2) }), NOBODY);
    tree.apply(source.setAcl('/a', acl(2), 1), NOBODY);
    tree.apply(source.create('/a', { acl: acl(2) }), NOBODY);
    expect(aclTable(tree)).toEqual([READ_ONLY, [2, acl(2)]]);
  });

  it('does not hold the open ACL of a znode without one', () => {
    const tree = new DataTree();
    const txn = new TxnSource().make({ type: 'createContainer', ...createdBy('/a', { acl: [] }) });
    // The count of the vector is the last but one int: -1 is a null vector (convertAcls).
    txn.fill(0xff, txn.length - 8, txn.length - 4);
    tree.apply(txn, NOBODY);
    expect(tree.aclOf('/a')).toEqual(acl(0));
    expect(aclTable(tree)).toEqual([READ_ONLY]);
  });

  it('never drops the open ACL, and refuses a slot that is not in use', () => {
    const cache = new AclCache([]);
    cache.dropUse(OPEN_ACL_SLOT);
    expect(cache.aclOf(OPEN_ACL_SLOT)).toEqual(acl(0));
    expect(cache.isListed(OPEN_ACL_SLOT)).toBe(false);
    const slot = cache.useList(acl(2));
    cache.dropUse(slot);
    expect(() => cache.aclOf(slot)).toThrow(/no ACL/);
  });
});
