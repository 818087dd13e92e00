// What election hellos add: the sender's incarnation, and the number of this hello within it.

import type { Clock, Random } from '@zebu/interfaces';
import { highHalf, lowHalf } from './fields.ts';
import type { Hello } from './hello.ts';
import type { ConnectionOrigin } from './connection-choice.ts';

export class HelloCounter {
  readonly #incarnation: readonly [number, number];
  #count = 0;

  /** Time and chance: neither a set-back clock nor a seeded test repeats an incarnation. */
  constructor(clock: Clock, random: Random) {
    const incarnation = (BigInt(clock.wallClock()) << 16n) | BigInt(random.below(0x10000));
    this.#incarnation = [highHalf(incarnation), lowHalf(incarnation)];
  }

  next(): readonly number[] {
    return [...this.#incarnation, ++this.#count];
  }
}

/** Undefined when the details are not those of an election hello. */
export function originOf(hello: Hello, dialledByPeer: boolean): ConnectionOrigin | undefined {
  const [high, low, helloNumber] = hello.details;
  if (high === undefined || low === undefined || helloNumber === undefined) return undefined;
  return { dialledByPeer, incarnation: (BigInt(high) << 32n) | BigInt(low), helloNumber };
}
