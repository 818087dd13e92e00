// Records events in order, hands each to whoever listens, and hashes all of them: two runs of one seed have the same hash.

import type { Millis } from '@zebu/protocol';
import type { HistoryEvent, HistoryFact } from './event.ts';
import { TraceHash } from './trace-hash.ts';

export type HistoryListener = (event: HistoryEvent, index: number) => void;

export class History {
  readonly #now: () => Millis;
  readonly #keeps: boolean;
  readonly #hash = new TraceHash();
  readonly #listeners: HistoryListener[] = [];
  readonly events: HistoryEvent[] = [];
  #count = 0;

  /** `keeps`: the events themselves, which a run of thousands of seeds has no use for. */
  constructor(now: () => Millis, keeps: boolean) {
    this.#now = now;
    this.#keeps = keeps;
  }

  get count(): number {
    return this.#count;
  }

  listen(listener: HistoryListener): void {
    this.#listeners.push(listener);
  }

  record(fact: HistoryFact): void {
    // The fact is the caller's no longer. Copying it would cost more than all the rest.
    const event = Object.assign(fact, { at: this.#now() }) as HistoryEvent;
    const index = this.#count++;
    this.#hash.add(event);
    if (this.#keeps) this.events.push(event);
    for (const listener of this.#listeners) listener(event, index);
  }

  /** Hexadecimal. */
  traceHash(): string {
    return this.#hash.digest();
  }
}
