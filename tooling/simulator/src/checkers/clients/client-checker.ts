// What the checkers of the clients' side have in common: the record that they share, and the list of what cannot be.

import type { Millis } from '@zebu/protocol';
import type { HistoryEvent } from '../../history/event.ts';
import type { Checker, Violation } from '../checker.ts';
import { ClientRecord, type Operation } from './client-record.ts';

/** One is enough to fail a run, and a broken ensemble breaks thousands of reads. */
const MOST_VIOLATIONS = 20;

export abstract class ClientChecker implements Checker {
  abstract readonly name: string;
  abstract readonly property: string;
  readonly violations: Violation[] = [];
  protected readonly record: ClientRecord;
  /** The end of the run, where all that shows only then is noted. */
  #end: { readonly at: Millis; readonly index: number } = { at: 0, index: 0 };

  constructor(record: ClientRecord = new ClientRecord()) {
    this.record = record;
  }

  onEvent(event: HistoryEvent, index: number): void {
    this.record.fold(event, index);
    if (event.type === 'invoked' && this.record.operation !== undefined) this.onInvoked(this.record.operation);
    else if (event.type === 'returned' && this.record.operation !== undefined) this.onReturned(this.record.operation);
    else this.onOther(event, index);
  }

  atEnd(at: Millis, eventCount: number): void {
    this.#end = { at, index: eventCount };
    this.judge();
  }

  protected onInvoked(_operation: Operation): void {}

  protected onReturned(_operation: Operation): void {}

  protected onOther(_event: HistoryEvent, _index: number): void {}

  /** When the run is over and all outcomes that will ever be known are known. */
  protected judge(): void {}

  /** At the answer to the operation, or at the end if it has none. */
  protected blame(operation: Operation, message: string): void {
    const hasReturned = operation.outcome !== undefined;
    this.report(
      hasReturned ? operation.returnedAt : this.#end.at,
      hasReturned ? operation.returnedIndex : this.#end.index,
      message,
    );
  }

  protected report(at: Millis, eventIndex: number, message: string): void {
    if (this.violations.length >= MOST_VIOLATIONS) return;
    this.violations.push({ checker: this.name, at, eventIndex, message, servers: [] });
  }
}
