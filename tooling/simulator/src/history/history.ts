// Records events in order, hands each to whoever listens, and hashes all of them: two runs of one seed have the same hash.

import { createHash } from 'node:crypto';
import type { Millis } from '@zebu/protocol';
import type { HistoryEvent, HistoryFact } from './event.ts';

export type HistoryListener = (event: HistoryEvent, index: number) => void;

export class History {
  readonly #now: () => Millis;
  readonly #keeps: boolean;
  readonly #hash = createHash('sha256');
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
    const event = { at: this.#now(), ...fact } as HistoryEvent;
    const index = this.#count++;
    this.#hash.update(JSON.stringify(event, bigintAsText));
    if (this.#keeps) this.events.push(event);
    for (const listener of this.#listeners) listener(event, index);
  }

  /** Hexadecimal; asked for once, at the end. */
  traceHash(): string {
    return this.#hash.digest('hex');
  }
}

const bigintAsText = (_key: string, value: unknown): unknown =>
  typeof value === 'bigint' ? value.toString(16) : value;
