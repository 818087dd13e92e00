// Which znodes go with which session (DataTree.ephemerals), as linked lists through the znodes: adding and removing one costs
// the same for a session that owns a million. A session that has no more of them stays until it closes: `dump` counts it.

import { assert, type SessionId } from '@zebu/protocol';
import { hashWords } from './hash.ts';
import { HashIndex } from './hash-index.ts';
import { NO_NODE, type NodeStore, RareField } from './node-store.ts';
import { RowTable } from './row-table.ts';
import { signedLong } from './words.ts';

/** The first znode + 1, so that 0 is none. */
const FIRST = 0;
const HIGH = 1;
const LOW = 2;
const COLUMNS = 3;
const NO_ROW = -1;

export class EphemeralTable {
  readonly #nodes: NodeStore;
  readonly #owners = new RowTable(COLUMNS);
  readonly #index = new HashIndex();
  #count = 0;

  constructor(nodes: NodeStore) {
    this.#nodes = nodes;
  }

  /** Of znodes, over all sessions. */
  get count(): number {
    return this.#count;
  }

  /** The znode that was added last for the session, -1 if it has none. */
  first(high: number, low: number): number {
    const row = this.#find(high, low);
    return row === NO_ROW ? NO_NODE : this.#firstOf(row);
  }

  next(node: number): number {
    return this.#nodes.getRare(node, RareField.NEXT_EPHEMERAL) - 1;
  }

  add(node: number, high: number, low: number): void {
    const found = this.#find(high, low);
    const row = found === NO_ROW ? this.#addOwner(high, low) : found;
    const head = this.#firstOf(row);
    this.#link(NO_NODE, node);
    this.#link(node, head);
    this.#owners.set(row, FIRST, node + 1);
    this.#count++;
  }

  remove(node: number, high: number, low: number): void {
    const previous = this.#nodes.getRare(node, RareField.PREVIOUS_EPHEMERAL) - 1;
    const next = this.next(node);
    this.#link(previous, next);
    if (previous === NO_NODE) this.#owners.set(this.#find(high, low), FIRST, next + 1);
    this.#count--;
  }

  /** Of a session that has closed, and owns nothing any more. */
  forget(high: number, low: number): void {
    const row = this.#find(high, low);
    if (row === NO_ROW) return;
    assert(this.#firstOf(row) === NO_NODE, 'a session is forgotten after its ephemeral znodes');
    this.#index.remove(hashWords(high, low), row);
    this.#owners.release(row);
  }

  /** Sessions that own or owned some. */
  get ownerCount(): number {
    return this.#owners.count;
  }

  /** Every owner's row is below; not all rows are in use. */
  get ownerLimit(): number {
    return this.#owners.limit;
  }

  isOwner(row: number): boolean {
    return this.#owners.isUsed(row);
  }

  ownerOf(row: number): SessionId {
    return signedLong(this.#owners.get(row, HIGH), this.#owners.get(row, LOW)) as SessionId;
  }

  #firstOf(row: number): number {
    return this.#owners.get(row, FIRST) - 1;
  }

  /** The columns hold node + 1, so that 0 is none. */
  #link(node: number, next: number): void {
    if (node !== NO_NODE) this.#nodes.setRare(node, RareField.NEXT_EPHEMERAL, next + 1);
    if (next !== NO_NODE) this.#nodes.setRare(next, RareField.PREVIOUS_EPHEMERAL, node + 1);
  }

  #addOwner(high: number, low: number): number {
    const row = this.#owners.allocate();
    this.#owners.set(row, HIGH, high);
    this.#owners.set(row, LOW, low);
    this.#owners.set(row, FIRST, NO_NODE + 1);
    this.#index.insert(hashWords(high, low), row);
    return row;
  }

  #find(high: number, low: number): number {
    const index = this.#index;
    for (let row = index.first(hashWords(high, low)); row !== NO_ROW; row = index.next()) {
      if (this.#owners.get(row, HIGH) === high && this.#owners.get(row, LOW) === low) return row;
    }
    return NO_ROW;
  }
}
