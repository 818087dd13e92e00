// Requests that read, and those that come and go with watches.

import type { PlainRequest, Request } from '../raw/index.ts';
import type { Choices } from './choices.ts';
import type { Random } from './random.ts';
import { FUTURE } from './step.ts';

type Read = 'exists' | 'getData' | 'getChildren' | 'getChildren2';

export class ReadRequests {
  readonly #random: Random;
  readonly #choices: Choices;

  constructor(random: Random, choices: Choices) {
    this.#random = random;
    this.#choices = choices;
  }

  read(op: Read): PlainRequest {
    return { op, path: this.#choices.path(), watch: this.#choices.flag() };
  }

  ofPath(op: 'getACL' | 'getAllChildrenNumber' | 'sync'): PlainRequest {
    return { op, path: this.#choices.path() };
  }

  getEphemerals(): PlainRequest {
    return { op: 'getEphemerals', prefixPath: this.#random.chance(0.3) ? '~' : this.#choices.path() };
  }

  multiRead(): Request {
    const count = this.#random.below(5);
    return { op: 'multiRead', ops: Array.from({ length: count }, () => this.#multiReadOp()) };
  }

  #multiReadOp(): PlainRequest {
    if (this.#random.chance(0.02)) return this.#random.pick<PlainRequest>([this.read('exists'), this.ofPath('getACL')]);
    return this.read(this.#random.pick(['getData', 'getChildren']));
  }

  addWatch(): PlainRequest {
    const mode = this.#random.chance(0.06) ? this.#random.pick([2, -1, 77]) : this.#random.below(2);
    return { op: 'addWatch', path: this.#choices.path(), mode };
  }

  /** Children 1, data 2, any 3, persistent 4, recursive 5. */
  ofWatches(op: 'checkWatches' | 'removeWatches'): PlainRequest {
    const type = this.#random.chance(0.06) ? this.#random.pick([0, 6, -1]) : 1 + this.#random.below(5);
    return { op, path: this.#choices.path(), type };
  }

  setWatches(op: 'setWatches' | 'setWatches2'): PlainRequest {
    const lists = {
      relativeZxid: this.#random.weighted([
        [3, -1n],
        [4, BigInt(this.#random.below(700))],
        [2, FUTURE],
      ]),
      dataWatches: this.#paths(),
      existWatches: this.#paths(),
      childWatches: this.#paths(),
    };
    if (op === 'setWatches') return { op, ...lists };
    return { op, ...lists, persistentWatches: this.#paths(), persistentRecursiveWatches: this.#paths() };
  }

  #paths(): readonly (string | null)[] | null {
    if (this.#random.chance(0.01)) return null;
    return Array.from({ length: this.#random.below(4) }, () => this.#choices.path());
  }
}
