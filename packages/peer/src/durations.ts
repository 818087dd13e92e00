// How long something took each time, as ZooKeeper's AvgMinMaxCounter sums it up.

import type { Millis } from '@zebu/protocol';

export class Durations {
  #count = 0;
  #sum = 0;
  #least = Number.POSITIVE_INFINITY;
  #greatest = 0;

  /** In whole milliseconds. */
  add(duration: Millis): void {
    const whole = Math.floor(duration);
    this.#count++;
    this.#sum += whole;
    this.#least = Math.min(this.#least, whole);
    this.#greatest = Math.max(this.#greatest, whole);
  }

  *metrics(name: string): IterableIterator<readonly [name: string, value: number]> {
    yield [`avg_${name}`, this.#count === 0 ? 0 : Math.round((this.#sum / this.#count) * 10_000) / 10_000];
    yield [`min_${name}`, this.#count === 0 ? 0 : this.#least];
    yield [`max_${name}`, this.#greatest];
    yield [`cnt_${name}`, this.#count];
    yield [`sum_${name}`, this.#sum];
  }
}
