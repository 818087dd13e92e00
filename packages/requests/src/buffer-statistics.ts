// Sizes of buffers of one kind (BufferStats).

import type { BufferSizes } from '@zebu/interfaces';

/** ZooKeeper's word for "none yet". */
const NONE = -1;

export class BufferStatistics {
  #last = NONE;
  #minimum = NONE;
  #maximum = NONE;

  add(bytes: number): void {
    this.#last = bytes;
    if (this.#minimum === NONE || bytes < this.#minimum) this.#minimum = bytes;
    if (bytes > this.#maximum) this.#maximum = bytes;
  }

  reset(): void {
    this.#last = this.#minimum = this.#maximum = NONE;
  }

  view(): BufferSizes {
    return { last: this.#last, minimum: this.#minimum, maximum: this.#maximum };
  }
}
