// Pauses between dials: doubled while they fail, each spread over its upper half so that restarted servers do not dial in step.

import type { Random } from '@zebu/interfaces';
import type { Millis } from '@zebu/protocol';

export class Backoff {
  readonly #minimum: Millis;
  readonly #maximum: Millis;
  readonly #random: Random;
  #ceiling: Millis;

  constructor(minimum: Millis, maximum: Millis, random: Random) {
    this.#minimum = minimum;
    this.#maximum = Math.max(minimum, maximum);
    this.#random = random;
    this.#ceiling = minimum;
  }

  next(): Millis {
    const half = Math.floor(this.#ceiling / 2);
    const pause = this.#ceiling - half + this.#random.below(half + 1);
    this.#ceiling = Math.min(this.#ceiling * 2, this.#maximum);
    return pause;
  }

  reset(): void {
    this.#ceiling = this.#minimum;
  }
}
