// Who is waited for, and until when. All wait equally long, so whoever began first is due first.

import type { Millis } from '@zebu/protocol';

export class Deadlines<Item> {
  readonly #waitMs: Millis;
  /** Invariant: in order of their deadlines, as a Map keeps its order of insertion. */
  readonly #deadlines = new Map<Item, Millis>();

  constructor(waitMs: Millis) {
    this.#waitMs = waitMs;
  }

  has(item: Item): boolean {
    return this.#deadlines.has(item);
  }

  begin(item: Item, now: Millis): void {
    this.#deadlines.delete(item);
    this.#deadlines.set(item, now + this.#waitMs);
  }

  end(item: Item): void {
    if (this.#deadlines.size > 0) this.#deadlines.delete(item);
  }

  /** Infinity when nobody is waited for. */
  next(): Millis {
    for (const deadline of this.#deadlines.values()) return deadline;
    return Number.POSITIVE_INFINITY;
  }

  /** Whose time is up; they are waited for no longer. */
  takeDue(now: Millis): Item[] {
    const due: Item[] = [];
    for (const [item, deadline] of this.#deadlines) {
      if (deadline > now) break;
      this.#deadlines.delete(item);
      due.push(item);
    }
    return due;
  }
}
