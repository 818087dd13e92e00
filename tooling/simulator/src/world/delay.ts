import type { Millis } from '@zebu/protocol';
import type { SeededRandom } from './seeded-random.ts';
import type { DelayRange } from './world.ts';

/** A source of delays whose range can be changed and set back; what it draws, nobody else sees. */
export class Delay {
  readonly #random: SeededRandom;
  readonly #usual: DelayRange;
  #range: DelayRange;

  constructor(random: SeededRandom, usual: DelayRange) {
    this.#random = random;
    this.#usual = usual;
    this.#range = usual;
  }

  next(): Millis {
    return this.#random.between(this.#range[0], this.#range[1]);
  }

  set(range: DelayRange | undefined): void {
    this.#range = range ?? this.#usual;
  }
}
