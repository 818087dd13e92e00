// Which znodes go with which session (DataTree.ephemerals), as linked lists through the znodes: adding and removing one costs
// the same for a session that owns a million.

import { hashWords } from './hash.ts';
import { HashIndex } from './hash-index.ts';
import { NO_NODE, type NodeStore, RareField } from './node-store.ts';
import { RowTable } from './row-table.ts';

const HIGH = 0;
const LOW = 1;
const FIRST = 2;
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
    return row === NO_ROW ? NO_NODE : this.#owners.get(row, FIRST);
  }

  next(node: number): number {
    return this.#nodes.getRare(node, RareField.NEXT_EPHEMERAL) - 1;
  }

  add(node: number, high: number, low: number): void {
    const found = this.#find(high, low);
    const row = found === NO_ROW ? this.#addOwner(high, low) : found;
    const head = this.#owners.get(row, FIRST);
    this.#link(NO_NODE, node);
    this.#link(node, head);
    this.#owners.set(row, FIRST, node);
    this.#count++;
  }

  remove(node: number, high: number, low: number): void {
    const previous = this.#nodes.getRare(node, RareField.PREVIOUS_EPHEMERAL) - 1;
    const next = this.next(node);
    this.#link(previous, next);
    if (previous === NO_NODE) this.#setFirst(high, low, next);
    this.#count--;
  }

  #setFirst(high: number, low: number, node: number): void {
    const row = this.#find(high, low);
    this.#owners.set(row, FIRST, node);
    if (node !== NO_NODE) return;
    this.#index.remove(hashWords(high, low), row);
    this.#owners.release(row);
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
    this.#owners.set(row, FIRST, NO_NODE);
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
