// What a txn does to znodes and whom that tells: creation, deletion, new data, new ACL, with the rules by which ZooKeeper's
// DataTree makes replay on a fuzzy snapshot, which holds some txns already, come out the same.

import type { ErrorCode as Code } from '@zebu/protocol';
import { ErrorCode } from '@zebu/protocol';
import { OPEN_ACL_SLOT } from './acl-cache.ts';
import { Field, NO_NODE, StatOffset } from './node-store.ts';
import type { PathKey } from './path-key.ts';
import type { Quotas } from './quotas.ts';
import type { TxnPosition } from './txn-position.ts';
import { NO_PARENT_CVERSION, NULL_ACL, type TxnRecord } from './txn-record.ts';
import type { WatchEventSink } from './watch-event-sink.ts';
import type { EventAcl, Watches } from './watches.ts';
import { isAbove } from './words.ts';
import type { Znodes } from './znodes.ts';

export class ZnodeChanges {
  readonly #znodes: Znodes;
  readonly #watches: Watches;
  readonly #quotas: Quotas;
  /** The znode that the last successful create, setData or setAcl left. */
  #changed = NO_NODE;

  constructor(znodes: Znodes, watches: Watches, quotas: Quotas) {
    this.#znodes = znodes;
    this.#watches = watches;
    this.#quotas = quotas;
  }

  get changed(): number {
    return this.#changed;
  }

  /** The owner is the stored ephemeralOwner. */
  create(record: TxnRecord, txn: TxnPosition, ownerHigh: number, ownerLow: number, events: WatchEventSink): Code {
    const znodes = this.#znodes;
    const { key } = record;
    const existing = znodes.names.find(key);
    const parent = znodes.names.findParent(key);
    if (parent === NO_NODE) return existing === NO_NODE ? ErrorCode.NONODE : ErrorCode.NODEEXISTS;
    if (existing !== NO_NODE) return this.#createAgain(existing, parent, record, txn);
    znodes.beginChange(parent, key.parentCountsInDigest);
    const acl = this.#useAcl(record);
    const node = znodes.add(parent, key, record.bytes, record.dataStart, record.dataLength, acl);
    this.#countCreation(parent, record.parentCVersion, txn);
    znodes.endChange(parent, key.parentCountsInDigest);
    this.#stamp(node, txn);
    znodes.setOwner(node, ownerHigh, ownerLow);
    znodes.endChange(node, key.countsInDigest);
    this.#changed = node;
    this.#quotas.onCreated(key, Math.max(record.dataLength, 0));
    this.#watches.onCreated(key, txn, this.#readAclOf(node), this.#readAclOf(parent), events);
    return ErrorCode.OK;
  }

  delete(key: PathKey, txn: TxnPosition, events: WatchEventSink): Code {
    const znodes = this.#znodes;
    const parent = znodes.names.findParent(key);
    if (parent === NO_NODE) return ErrorCode.NONODE;
    const node = znodes.names.find(key);
    znodes.beginChange(parent, key.parentCountsInDigest);
    // Also when the znode is gone already: a fuzzy snapshot may hold the deletion but the parent as it was before (ZOOKEEPER-3125).
    const pzxidHigh = znodes.nodes.statInt(parent, StatOffset.PZXID);
    if (isAbove(txn.zxidHigh, txn.zxidLow, pzxidHigh, znodes.nodes.statInt(parent, StatOffset.PZXID + 4))) {
      znodes.nodes.setStatLong(parent, StatOffset.PZXID, txn.zxidHigh, txn.zxidLow);
    }
    const dataLength = node === NO_NODE ? 0 : znodes.nodes.statInt(node, StatOffset.DATA_LENGTH);
    const acl = node === NO_NODE ? undefined : this.#readAclOf(node);
    if (node !== NO_NODE) znodes.remove(node, key);
    znodes.endChange(parent, key.parentCountsInDigest);
    if (node === NO_NODE) return ErrorCode.NONODE;
    this.#quotas.onDeleted(key, dataLength);
    this.#watches.onDeleted(key, txn, acl, this.#readAclOf(parent), events);
    return ErrorCode.OK;
  }

  setData(record: TxnRecord, txn: TxnPosition, events: WatchEventSink): Code {
    const znodes = this.#znodes;
    const { key } = record;
    const node = znodes.names.find(key);
    if (node === NO_NODE) return ErrorCode.NONODE;
    const oldLength = znodes.nodes.statInt(node, StatOffset.DATA_LENGTH);
    znodes.beginChange(node, key.countsInDigest);
    znodes.replaceData(node, key, record.bytes, record.dataStart, record.dataLength);
    znodes.nodes.setStatLong(node, StatOffset.MZXID, txn.zxidHigh, txn.zxidLow);
    znodes.nodes.setStatLong(node, StatOffset.MTIME, txn.timeHigh, txn.timeLow);
    znodes.nodes.setStatInt(node, StatOffset.VERSION, record.version);
    znodes.endChange(node, key.countsInDigest);
    this.#changed = node;
    this.#quotas.onDataChanged(key, Math.max(record.dataLength, 0) - oldLength);
    this.#watches.onDataChanged(key, txn, this.#readAclOf(node), events);
    return ErrorCode.OK;
  }

  setAcl(record: TxnRecord): Code {
    const znodes = this.#znodes;
    const { key } = record;
    const node = znodes.names.find(key);
    if (node === NO_NODE) return ErrorCode.NONODE;
    znodes.beginChange(node, key.countsInDigest);
    znodes.replaceAcl(node, this.#useAcl(record));
    znodes.nodes.setStatInt(node, StatOffset.AVERSION, record.version);
    znodes.endChange(node, key.countsInDigest);
    this.#changed = node;
    return ErrorCode.OK;
  }

  /**
   * The snapshot held the znode already. Its parent may still be as before; and the znode's ACL may be one that the snapshot's
   * table lacks (DataTree.processTxn after NODEEXISTS, DataTree.createNode since ZOOKEEPER-4846).
   */
  #createAgain(existing: number, parent: number, record: TxnRecord, txn: TxnPosition): Code {
    const znodes = this.#znodes;
    const { key } = record;
    znodes.beginChange(existing, key.countsInDigest);
    znodes.replaceAcl(existing, this.#useAcl(record));
    znodes.endChange(existing, key.countsInDigest);
    znodes.beginChange(parent, key.parentCountsInDigest);
    this.#countCreation(parent, record.parentCVersion, txn);
    znodes.endChange(parent, key.parentCountsInDigest);
    return ErrorCode.NODEEXISTS;
  }

  /** Never backwards: the snapshot may be ahead. */
  #countCreation(parent: number, parentCVersion: number, txn: TxnPosition): void {
    const { nodes } = this.#znodes;
    const present = nodes.get(parent, Field.STORED_CVERSION);
    const cversion = parentCVersion === NO_PARENT_CVERSION ? (present + 1) | 0 : parentCVersion;
    if (cversion <= present) return;
    this.#znodes.setStoredCversion(parent, cversion);
    nodes.setStatLong(parent, StatOffset.PZXID, txn.zxidHigh, txn.zxidLow);
  }

  #stamp(node: number, txn: TxnPosition): void {
    const { nodes } = this.#znodes;
    nodes.setStatLong(node, StatOffset.CZXID, txn.zxidHigh, txn.zxidLow);
    nodes.setStatLong(node, StatOffset.MZXID, txn.zxidHigh, txn.zxidLow);
    nodes.setStatLong(node, StatOffset.PZXID, txn.zxidHigh, txn.zxidLow);
    nodes.setStatLong(node, StatOffset.CTIME, txn.timeHigh, txn.timeLow);
    nodes.setStatLong(node, StatOffset.MTIME, txn.timeHigh, txn.timeLow);
  }

  #readAclOf(node: number): EventAcl {
    const { acls, nodes } = this.#znodes;
    return acls.readAclOf(nodes.get(node, Field.ACL));
  }

  #useAcl(record: TxnRecord): number {
    return record.aclStart === NULL_ACL
      ? OPEN_ACL_SLOT
      : this.#znodes.acls.use(record.bytes, record.aclStart, record.aclEnd);
  }
}
