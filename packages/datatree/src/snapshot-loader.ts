// Puts the records of a snapshot's body into a tree that was empty. Whether the bytes are records at all was decided before.

import type { JuteReader } from '@zebu/jute';
import { OPEN_ACL_SLOT } from './acl-cache.ts';
import { hashWords } from './hash.ts';
import { HashIndex } from './hash-index.ts';
import { NO_NODE, StatOffset } from './node-store.ts';
import { PathKey, textOf } from './path-key.ts';
import { SnapshotFormatError } from './snapshot-format-error.ts';
import { type DataTreeOptions, TreeState } from './tree-state.ts';
import { skipAclList } from './txn-record.ts';
import { highWordOfNumber, lowWordOfNumber } from './words.ts';

const OPEN_ACL_ID = -1;
const NO_SLOT = -1;

export class SnapshotLoader {
  readonly state: TreeState;
  readonly #key = new PathKey();
  readonly #aclSlots = new HashIndex();

  constructor(options: DataTreeOptions) {
    this.state = new TreeState(options);
  }

  addSession(reader: JuteReader): void {
    const high = reader.readInt();
    const low = reader.readInt();
    this.state.sessions.put(high, low, reader.readInt());
  }

  addAcl(reader: JuteReader): void {
    const id = reader.readLongNumber();
    const start = reader.offset;
    skipAclList(reader);
    // The id that stands for the open ACL has no entry of its own.
    if (id === OPEN_ACL_ID) return;
    const slot = this.state.znodes.acls.load(id, reader.bytes.slice(start, reader.offset));
    this.#aclSlots.insert(idHash(id), slot);
  }

  addNode(reader: JuteReader): void {
    const { znodes } = this.state;
    const key = this.#readPath(reader);
    const parent = znodes.names.findParent(key);
    if (parent === NO_NODE && !key.isRoot) throw new SnapshotFormatError(`no parent of ${key.text()}`);
    if (znodes.names.find(key) !== NO_NODE) throw new SnapshotFormatError(`${key.text()} twice`);
    const dataLength = reader.readInt();
    const dataStart = reader.offset;
    reader.skip(Math.max(dataLength, 0));
    const acl = this.#useAcl(reader.readLongNumber());
    const node = znodes.add(parent, key, reader.bytes, dataStart, dataLength, acl);
    this.#readStat(reader, node);
    znodes.endChange(node, key.countsInDigest);
  }

  #readPath(reader: JuteReader): PathKey {
    const length = reader.readInt();
    const start = reader.offset;
    reader.skip(length);
    this.#key.setBytes(reader.bytes, start, start + length);
    if (!this.#key.isAbsolute) throw new SnapshotFormatError('a path that is not absolute');
    // What names a znode must be text: throws JuteError.
    if (!this.#key.isAscii) textOf(reader.bytes, start, start + length);
    return this.#key;
  }

  #useAcl(id: number): number {
    const { acls } = this.state.znodes;
    if (id === OPEN_ACL_ID) return OPEN_ACL_SLOT;
    const slot = this.#findAcl(id);
    if (slot === NO_SLOT) return acls.useUnknown();
    acls.addUse(slot);
    return slot;
  }

  #findAcl(id: number): number {
    const slots = this.#aclSlots;
    for (let slot = slots.first(idHash(id)); slot !== NO_SLOT; slot = slots.next()) {
      if (this.state.znodes.acls.idOf(slot) === id) return slot;
    }
    return NO_SLOT;
  }

  /** StatPersisted: as the Stat up to the version, then what the Stat shows changed or not at all. */
  #readStat(reader: JuteReader, node: number): void {
    const { znodes } = this.state;
    const { nodes } = znodes;
    for (let offset = 0; offset < StatOffset.CVERSION; offset += 4) nodes.setStatInt(node, offset, reader.readInt());
    znodes.setStoredCversion(node, reader.readInt());
    nodes.setStatInt(node, StatOffset.AVERSION, reader.readInt());
    const ownerHigh = reader.readInt();
    znodes.setOwner(node, ownerHigh, reader.readInt());
    nodes.setStatInt(node, StatOffset.PZXID, reader.readInt());
    nodes.setStatInt(node, StatOffset.PZXID + 4, reader.readInt());
  }
}

const idHash = (id: number): number => hashWords(highWordOfNumber(id), lowWordOfNumber(id));
