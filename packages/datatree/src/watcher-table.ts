// Who has watches, and for each the list of his watches. A watcher stays here until he is removed, also when his last watch has
// fired: as a rule he leaves another at once, and ZooKeeper's WatchManager counts him among those who watch.

import { hashWords } from './hash.ts';
import { HashIndex } from './hash-index.ts';
import { RowTable } from './row-table.ts';
import type { WatcherId } from './watch-event-sink.ts';
import { highWordOfNumber, lowWordOfNumber, numberOf } from './words.ts';

const STATE = 0;
const ID_HIGH = 1;
const ID_LOW = 2;
const FIRST = 3;
const COUNT = 4;
const COLUMNS = 5;

const NONE = -1;

const State = {
  WAITING: 0,
  /** Among those whom the present trigger tells. */
  FIRED: 1,
  /** Gone, and not found any more; its watches are still there. */
  GONE: 2,
} as const;

export class WatcherTable {
  readonly #rows = new RowTable(COLUMNS);
  readonly #index = new HashIndex();

  /** Without those who are gone. */
  get count(): number {
    return this.#index.size;
  }

  /** Every row is below. */
  get limit(): number {
    return this.#rows.limit;
  }

  isUsed(owner: number): boolean {
    return this.#rows.isUsed(owner);
  }

  isGone(owner: number): boolean {
    return this.#rows.get(owner, STATE) === State.GONE;
  }

  isFired(owner: number): boolean {
    return this.#rows.get(owner, STATE) === State.FIRED;
  }

  setFired(owner: number, fired: boolean): void {
    this.#rows.set(owner, STATE, fired ? State.FIRED : State.WAITING);
  }

  idOf(owner: number): WatcherId {
    return numberOf(this.#rows.get(owner, ID_HIGH), this.#rows.get(owner, ID_LOW)) as WatcherId;
  }

  /** -1 when its list is empty. */
  first(owner: number): number {
    return this.#rows.get(owner, FIRST);
  }

  setFirst(owner: number, watch: number): void {
    this.#rows.set(owner, FIRST, watch);
  }

  /** Its watches. */
  watchCount(owner: number): number {
    return this.#rows.get(owner, COUNT);
  }

  countWatches(owner: number, difference: number): void {
    this.#rows.set(owner, COUNT, this.#rows.get(owner, COUNT) + difference);
  }

  find(watcher: WatcherId): number {
    const index = this.#index;
    for (let owner = index.first(hashOf(watcher)); owner !== NONE; owner = index.next()) {
      if (this.idOf(owner) === watcher) return owner;
    }
    return NONE;
  }

  add(watcher: WatcherId): number {
    const owner = this.#rows.allocate();
    this.#rows.set(owner, STATE, State.WAITING);
    this.#rows.set(owner, ID_HIGH, highWordOfNumber(watcher));
    this.#rows.set(owner, ID_LOW, lowWordOfNumber(watcher));
    this.#rows.set(owner, FIRST, NONE);
    this.#rows.set(owner, COUNT, 0);
    this.#index.insert(hashOf(watcher), owner);
    return owner;
  }

  /** From now on nobody finds it. */
  setGone(owner: number): void {
    this.#index.remove(hashOf(this.idOf(owner)), owner);
    this.#rows.set(owner, STATE, State.GONE);
  }

  /** The row of one who is gone and has no watches left. */
  release(owner: number): void {
    this.#rows.release(owner);
  }
}

const hashOf = (watcher: number): number => hashWords(highWordOfNumber(watcher), lowWordOfNumber(watcher));
