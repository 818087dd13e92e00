// Each distinct ACL once, with the ids and use counts of ZooKeeper's ReferenceCountedACLCache. Beside the ACL is the jute
// vector that txns, snapshots and replies hold.

import { decodeAclList, encodeAclList, JuteReader, JuteWriter } from '@zebu/jute';
import type { Acl } from '@zebu/protocol';
import { assert, OPEN_ACL_UNSAFE, Permission } from '@zebu/protocol';
import type { ChangeObservers } from './change-observer.ts';
import { hashBytes, sameBytes } from './hash.ts';
import { HashIndex } from './hash-index.ts';

interface Entry {
  readonly id: number;
  readonly bytes: Uint8Array;
  readonly hash: number;
  readonly acl: readonly Acl[];
  /** The ACL again, undefined if it lets everybody read. */
  readonly readAcl: readonly Acl[] | undefined;
  uses: number;
}

/** The slot of the ACL that a znode without one has: it is in no snapshot's table, and is not counted. */
export const OPEN_ACL_SLOT = 0;
const OPEN_ACL_ID = -1;
const NO_SLOT = -1;
/** Allows nothing to anybody; see useUnknown(). */
const NO_ACCESS: readonly Acl[] = [{ permissions: 0, scheme: 'world', id: 'anyone' }];

export class AclCache {
  readonly #observers: ChangeObservers;
  readonly #entries: (Entry | undefined)[] = [];
  readonly #freeSlots: number[] = [];
  readonly #index = new HashIndex();
  #lastId = 0;
  #count = 0;
  /** Most znodes share one ACL: tried before any hash is computed. */
  #lastUsed = NO_SLOT;

  constructor(observers: ChangeObservers) {
    this.#observers = observers;
    this.#entries.push({
      id: OPEN_ACL_ID,
      bytes: encoded(OPEN_ACL_UNSAFE),
      hash: 0,
      acl: OPEN_ACL_UNSAFE,
      readAcl: undefined,
      uses: 1,
    });
  }

  /** Entries of a snapshot's table. */
  get count(): number {
    return this.#count;
  }

  /** Every slot is below. */
  get limit(): number {
    return this.#entries.length;
  }

  /** False also for the slot of the open ACL, which no table holds. */
  isListed(slot: number): boolean {
    return slot !== OPEN_ACL_SLOT && this.#entries[slot] !== undefined;
  }

  idOf(slot: number): number {
    return this.#entry(slot).id;
  }

  /** The jute vector. */
  bytesOf(slot: number): Uint8Array {
    return this.#entry(slot).bytes;
  }

  aclOf(slot: number): readonly Acl[] {
    return this.#entry(slot).acl;
  }

  /** The ACL to check before anybody hears of the znode: undefined if everybody may. */
  readAclOf(slot: number): readonly Acl[] | undefined {
    return this.#entry(slot).readAcl;
  }

  /** The slot of an ACL given as a jute vector, with one more use. */
  use(bytes: Uint8Array, start: number, end: number): number {
    const last = this.#entries[this.#lastUsed];
    if (last === undefined || !isSame(last, bytes, start, end)) this.#lastUsed = this.#find(bytes, start, end);
    this.addUse(this.#lastUsed);
    return this.#lastUsed;
  }

  useList(acl: readonly Acl[]): number {
    const bytes = encoded(acl);
    return this.use(bytes, 0, bytes.length);
  }

  /**
   * A znode in a fuzzy snapshot may have the id of an ACL that was added behind the table. The log names that ACL again;
   * until then, and if it does not, nobody has access (ZooKeeper: an exception when the znode is read, ZOOKEEPER-4846).
   */
  useUnknown(): number {
    return this.useList(NO_ACCESS);
  }

  addUse(slot: number): void {
    if (slot !== OPEN_ACL_SLOT) this.#entry(slot).uses++;
  }

  dropUse(slot: number): void {
    if (slot === OPEN_ACL_SLOT) return;
    const entry = this.#entry(slot);
    entry.uses--;
    if (entry.uses <= 0) this.#remove(slot, entry);
  }

  /** From a snapshot's table: no use yet. An ACL that is there already keeps its slot. */
  load(id: number, bytes: Uint8Array): number {
    this.#lastId = Math.max(this.#lastId, id);
    return this.#add(id, bytes, hashBytes(bytes, 0, bytes.length));
  }

  /** After loading: what no znode used goes (ReferenceCountedACLCache.purgeUnused). */
  purgeUnused(): void {
    for (let slot = 1; slot < this.#entries.length; slot++) {
      const entry = this.#entries[slot];
      if (entry !== undefined && entry.uses === 0) this.#remove(slot, entry);
    }
  }

  #find(bytes: Uint8Array, start: number, end: number): number {
    const hash = hashBytes(bytes, start, end);
    for (let slot = this.#index.first(hash); slot >= 0; slot = this.#index.next()) {
      if (isSame(this.#entry(slot), bytes, start, end)) return slot;
    }
    this.#lastId++;
    return this.#add(this.#lastId, copyOf(bytes, start, end), hash);
  }

  #add(id: number, bytes: Uint8Array, hash: number): number {
    const acl = decodeAclList(new JuteReader(bytes));
    const slot = this.#freeSlots.pop() ?? this.#entries.length;
    this.#entries[slot] = { id, bytes, hash, acl, readAcl: isReadByAll(acl) ? undefined : acl, uses: 0 };
    this.#index.insert(hash, slot);
    this.#count++;
    for (const observer of this.#observers) observer.onAclAdded(slot);
    return slot;
  }

  #remove(slot: number, entry: Entry): void {
    for (const observer of this.#observers) observer.beforeAclRemoval(slot);
    this.#index.remove(entry.hash, slot);
    this.#entries[slot] = undefined;
    this.#freeSlots.push(slot);
    this.#count--;
  }

  #entry(slot: number): Entry {
    const entry = this.#entries[slot];
    assert(entry !== undefined, `no ACL in slot ${slot}`);
    return entry;
  }
}

/** As ZooKeeperServer.checkACL has it: an empty list allows everything. */
const isReadByAll = (acls: readonly Acl[]): boolean =>
  acls.length === 0 ||
  acls.some(
    ({ permissions, scheme, id }) => (permissions & Permission.READ) !== 0 && scheme === 'world' && id === 'anyone',
  );

function isSame(entry: Entry, bytes: Uint8Array, start: number, end: number): boolean {
  return entry.bytes.length === end - start && sameBytes(entry.bytes, 0, bytes, start, end - start);
}

/** Uint8Array.slice would give a view when it is called on one of Node's Buffers. */
function copyOf(bytes: Uint8Array, start: number, end: number): Uint8Array {
  const copy = new Uint8Array(end - start);
  copy.set(bytes.subarray(start, end));
  return copy;
}

function encoded(acl: readonly Acl[]): Uint8Array {
  const writer = new JuteWriter();
  encodeAclList(writer, acl);
  return writer.take();
}
