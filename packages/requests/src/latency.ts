// How long requests took from their arrival to their reply (ServerStats, ServerCnxn).

import type { Spread } from '@zebu/interfaces';
import type { Millis } from '@zebu/protocol';

export class Latency {
  #minimum = Number.POSITIVE_INFINITY;
  #maximum = 0;
  #total = 0;
  #count = 0;

  add(duration: Millis): void {
    if (duration < this.#minimum) this.#minimum = duration;
    if (duration > this.#maximum) this.#maximum = duration;
    this.#total += duration;
    this.#count++;
  }

  reset(): void {
    this.#minimum = Number.POSITIVE_INFINITY;
    this.#maximum = this.#total = this.#count = 0;
  }

  /** Zeros until the first reply. */
  view(): Spread {
    if (this.#count === 0) return { minimum: 0, average: 0, maximum: 0 };
    return { minimum: this.#minimum, average: this.#total / this.#count, maximum: this.#maximum };
  }
}
