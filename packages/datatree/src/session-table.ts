// The sessions that txns have created and not yet closed (ZKDatabase.sessionsWithTimeouts); snapshots hold them.

import type { SessionId } from '@zebu/protocol';
import type { ChangeObservers } from './change-observer.ts';
import { hashWords } from './hash.ts';
import { HashIndex } from './hash-index.ts';
import { RowTable } from './row-table.ts';
import { highWord, lowWord, signedLong } from './words.ts';

export interface Sessions extends Iterable<readonly [SessionId, number]> {
  readonly size: number;
  has(sessionId: SessionId): boolean;
  /** Its timeout in milliseconds. */
  get(sessionId: SessionId): number | undefined;
}

/** Says that the row is in use: every other column may be negative. */
const IN_USE = 0;
const HIGH = 1;
const LOW = 2;
const TIMEOUT = 3;
const COLUMNS = 4;
const NO_ROW = -1;

export class SessionTable implements Sessions {
  readonly #observers: ChangeObservers;
  readonly #rows = new RowTable(COLUMNS);
  readonly #index = new HashIndex();

  constructor(observers: ChangeObservers) {
    this.#observers = observers;
  }

  get size(): number {
    return this.#rows.count;
  }

  /** Every row is below. */
  get limit(): number {
    return this.#rows.limit;
  }

  has(sessionId: SessionId): boolean {
    return this.#find(highWord(sessionId), lowWord(sessionId)) !== NO_ROW;
  }

  get(sessionId: SessionId): number | undefined {
    const row = this.#find(highWord(sessionId), lowWord(sessionId));
    return row === NO_ROW ? undefined : this.timeoutOf(row);
  }

  *[Symbol.iterator](): Iterator<readonly [SessionId, number]> {
    for (let row = 0; row < this.#rows.limit; row++) {
      if (this.isUsed(row)) {
        yield [signedLong(this.highOf(row), this.lowOf(row)) as SessionId, this.timeoutOf(row)];
      }
    }
  }

  /** A session that is there already gets the timeout: replay may create it again. */
  put(high: number, low: number, timeoutMs: number): void {
    const existing = this.#find(high, low);
    const row = existing === NO_ROW ? this.#add(high, low) : existing;
    if (row === existing) for (const observer of this.#observers) observer.beforeSessionChange(row);
    this.#rows.set(row, TIMEOUT, timeoutMs);
  }

  remove(high: number, low: number): void {
    const row = this.#find(high, low);
    if (row === NO_ROW) return;
    for (const observer of this.#observers) observer.beforeSessionChange(row);
    this.#index.remove(hashWords(high, low), row);
    this.#rows.release(row);
  }

  isUsed(row: number): boolean {
    return this.#rows.isUsed(row);
  }

  highOf(row: number): number {
    return this.#rows.get(row, HIGH);
  }

  lowOf(row: number): number {
    return this.#rows.get(row, LOW);
  }

  timeoutOf(row: number): number {
    return this.#rows.get(row, TIMEOUT);
  }

  #add(high: number, low: number): number {
    const row = this.#rows.allocate();
    this.#rows.set(row, IN_USE, 0);
    this.#rows.set(row, HIGH, high);
    this.#rows.set(row, LOW, low);
    this.#index.insert(hashWords(high, low), row);
    for (const observer of this.#observers) observer.onSessionAdded(row);
    return row;
  }

  #find(high: number, low: number): number {
    const index = this.#index;
    for (let row = index.first(hashWords(high, low)); row !== NO_ROW; row = index.next()) {
      if (this.highOf(row) === high && this.lowOf(row) === low) return row;
    }
    return NO_ROW;
  }
}
