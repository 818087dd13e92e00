// The tree's state, and the steps of which every change to it is made. Each step keeps all that hangs on a znode in step:
// path table, siblings, Stat, digest, ACL uses, ephemerals, sizes, and snapshots in progress.

import { assert } from '@zebu/protocol';
import { AclCache } from './acl-cache.ts';
import { ByteArena, NO_BLOB } from './byte-arena.ts';
import type { ChangeObserver } from './change-observer.ts';
import { CRC_START, crcBytes, crcValue } from './crc32.ts';
import { type OwnerKindOf, ownerKind, ownerKindOf353 } from './ephemeral-owner.ts';
import { EphemeralTable } from './ephemeral-table.ts';
import { Field, NO_NODE, NodeStore, RareField, StatOffset } from './node-store.ts';
import { PathKey } from './path-key.ts';
import { TreeDigest } from './tree-digest.ts';
import { ZnodeNames } from './znode-names.ts';

/** A length that stands for null data. */
export const NULL_DATA = -1;

export class Znodes {
  /** Snapshots in progress. */
  readonly observers: ChangeObserver[] = [];
  readonly nodes = new NodeStore();
  readonly arena = new ByteArena();
  readonly names: ZnodeNames = new ZnodeNames(this.nodes, this.arena);
  readonly acls: AclCache = new AclCache(this.observers);
  readonly ephemerals: EphemeralTable = new EphemeralTable(this.nodes);
  readonly digest = new TreeDigest();
  /** What an ephemeralOwner in this tree says. */
  readonly ownerKind: OwnerKindOf;
  readonly #descendant = new PathKey();
  #approximateBytes = 0;
  #changeCount = 0;

  constructor(emulate353TtlNodes: boolean) {
    this.ownerKind = emulate353TtlNodes ? ownerKindOf353 : ownerKind;
  }

  /** Differs after any change: what was read from the tables before may be void. */
  get changeCount(): number {
    return this.#changeCount;
  }

  /** Lengths of paths (in UTF-16 units) and of data. */
  get approximateBytes(): number {
    return this.#approximateBytes;
  }

  /** DataTree.getAllChildrenNumber. */
  descendantCount(node: number): number {
    const { nodes } = this;
    if (nodes.get(node, Field.PARENT) === NO_NODE) return nodes.count - 1;
    return nodes.statInt(node, StatOffset.NUM_CHILDREN) + nodes.getRare(node, RareField.DEEPER_DESCENDANTS);
  }

  /** Bytes that hang on no change of a znode. */
  countBytes(bytes: number): void {
    this.#approximateBytes += bytes;
  }

  /** Before the first change to a znode that is in the tree; `counts` says whether its path counts in the digest. */
  beginChange(node: number, counts: boolean): void {
    this.#changeCount++;
    for (const observer of this.observers) observer.beforeNodeChange(node);
    if (counts) this.digest.subtract(this.nodes.get(node, Field.DIGEST) >>> 0);
  }

  /** After the last change. */
  endChange(node: number, counts: boolean): void {
    if (!counts) return;
    const digest = this.nodes.computeDigest(node);
    this.nodes.set(node, Field.DIGEST, digest);
    this.digest.add(digest);
  }

  /**
   * A znode with a Stat of zeros but for its data length. Its parent must be between beginChange and endChange; the caller goes
   * on with the Stat and setOwner, and ends with endChange. `acl` is a slot with a use for this znode.
   */
  add(parent: number, key: PathKey, data: Uint8Array, start: number, length: number, acl: number): number {
    this.#changeCount++;
    const node = this.nodes.allocate();
    this.nodes.set(node, Field.PARENT, parent);
    this.names.insert(key, node);
    this.nodes.set(node, Field.ACL, acl);
    this.#storeData(node, key, data, start, length);
    if (parent !== NO_NODE) this.#linkToParent(node, parent);
    this.#approximateBytes += key.unitCount + Math.max(length, 0);
    for (const observer of this.observers) observer.onNodeAdded(node);
    return node;
  }

  /** Of a znode that was just added. */
  setOwner(node: number, high: number, low: number): void {
    const kind = this.ownerKind(high, low);
    if (kind === 'none') return;
    if (kind === 'session') {
      this.nodes.setStatLong(node, StatOffset.EPHEMERAL_OWNER, high, low);
      this.ephemerals.add(node, high, low);
    } else {
      this.nodes.setRare(node, RareField.OWNER_HIGH, high);
      this.nodes.setRare(node, RareField.OWNER_LOW, low);
    }
  }

  /** Between beginChange and endChange. */
  replaceData(node: number, key: PathKey, data: Uint8Array, start: number, length: number): void {
    const oldLength = this.nodes.statInt(node, StatOffset.DATA_LENGTH);
    this.arena.free(this.nodes.get(node, Field.DATA), oldLength);
    this.#storeData(node, key, data, start, length);
    this.#approximateBytes += Math.max(length, 0) - oldLength;
  }

  /** Between beginChange and endChange. */
  replaceAcl(node: number, acl: number): void {
    const old = this.nodes.get(node, Field.ACL);
    this.nodes.set(node, Field.ACL, acl);
    this.acls.dropUse(old);
  }

  /** Between beginChange and endChange: the counter of creations below the znode. */
  setStoredCversion(node: number, cversion: number): void {
    this.nodes.set(node, Field.STORED_CVERSION, cversion);
    this.nodes.refreshCversion(node);
  }

  /**
   * Removes a znode whose parent is between beginChange and endChange. Descendants go first: live, prep has refused such a
   * deletion; in replay on a fuzzy snapshot they are of a later incarnation, and the log creates them again.
   */
  remove(node: number, key: PathKey): void {
    while (this.nodes.get(node, Field.FIRST_CHILD) !== NO_NODE) this.#removeDescendant(node);
    this.#removeLeaf(node, key);
  }

  #removeDescendant(top: number): void {
    let leaf = this.nodes.get(top, Field.FIRST_CHILD);
    while (this.nodes.get(leaf, Field.FIRST_CHILD) !== NO_NODE) leaf = this.nodes.get(leaf, Field.FIRST_CHILD);
    this.names.writePath(leaf, this.#descendant);
    const parent = this.nodes.get(leaf, Field.PARENT);
    this.beginChange(parent, this.#descendant.parentCountsInDigest);
    this.#removeLeaf(leaf, this.#descendant);
    this.endChange(parent, this.#descendant.parentCountsInDigest);
  }

  #removeLeaf(node: number, key: PathKey): void {
    const nodes = this.nodes;
    assert(nodes.get(node, Field.PARENT) !== NO_NODE, 'the root is never removed');
    this.beginChange(node, key.countsInDigest);
    const high = nodes.ownerHigh(node);
    const low = nodes.ownerLow(node);
    if (this.ownerKind(high, low) === 'session') this.ephemerals.remove(node, high, low);
    const dataLength = nodes.statInt(node, StatOffset.DATA_LENGTH);
    this.arena.free(nodes.get(node, Field.DATA), dataLength);
    this.acls.dropUse(nodes.get(node, Field.ACL));
    this.#unlinkFromParent(node);
    this.names.remove(key, node);
    this.#approximateBytes -= key.unitCount + dataLength;
    nodes.release(node);
  }

  #storeData(node: number, key: PathKey, data: Uint8Array, start: number, length: number): void {
    const nodes = this.nodes;
    const end = start + Math.max(length, 0);
    nodes.set(node, Field.DATA, length === NULL_DATA ? NO_BLOB : this.arena.store(data, start, end));
    nodes.setStatInt(node, StatOffset.DATA_LENGTH, end - start);
    if (!key.countsInDigest) return;
    const pathCrc = crcBytes(CRC_START, key.bytes, key.start, key.end);
    nodes.set(node, Field.CONTENT_CRC, crcValue(crcBytes(pathCrc, data, start, end)));
  }

  #linkToParent(node: number, parent: number): void {
    const nodes = this.nodes;
    const next = nodes.get(parent, Field.FIRST_CHILD);
    nodes.set(node, Field.NEXT_SIBLING, next);
    if (next !== NO_NODE) nodes.set(next, Field.PREVIOUS_SIBLING, node);
    nodes.set(parent, Field.FIRST_CHILD, node);
    nodes.setStatInt(parent, StatOffset.NUM_CHILDREN, nodes.statInt(parent, StatOffset.NUM_CHILDREN) + 1);
    nodes.refreshCversion(parent);
    this.#countDescendant(parent, 1);
  }

  #unlinkFromParent(node: number): void {
    const nodes = this.nodes;
    const parent = nodes.get(node, Field.PARENT);
    const next = nodes.get(node, Field.NEXT_SIBLING);
    const previous = nodes.get(node, Field.PREVIOUS_SIBLING);
    if (next !== NO_NODE) nodes.set(next, Field.PREVIOUS_SIBLING, previous);
    if (previous !== NO_NODE) nodes.set(previous, Field.NEXT_SIBLING, next);
    else nodes.set(parent, Field.FIRST_CHILD, next);
    nodes.setStatInt(parent, StatOffset.NUM_CHILDREN, nodes.statInt(parent, StatOffset.NUM_CHILDREN) - 1);
    nodes.refreshCversion(parent);
    this.#countDescendant(parent, -1);
  }

  /**
   * ZooKeeper compares every path of the tree to count what is below one. Counting along takes a step for each level but the
   * upper two: the root's descendants are all znodes, and its children's children are in the Stat.
   */
  #countDescendant(parent: number, difference: number): void {
    const { nodes } = this;
    let above = nodes.get(parent, Field.PARENT);
    while (above !== NO_NODE) {
      const next = nodes.get(above, Field.PARENT);
      if (next === NO_NODE) return;
      const count = nodes.getRare(above, RareField.DEEPER_DESCENDANTS);
      nodes.setRare(above, RareField.DEEPER_DESCENDANTS, count + difference);
      above = next;
    }
  }
}
