// What election hellos add: the incarnation of the sender, and the number of the hello within it. A server dials a peer only while it has no
// connection to it, so of two connections the peer believes in the one whose hello it numbered later; the other is dead, or was given up.

import type { Clock, Random } from '@zebu/interfaces';
import { highHalf, lowHalf } from './fields.ts';
import type { Hello } from './hello.ts';

/** When the peer wrote the hello of a connection. */
export interface HelloStamp {
  readonly incarnation: bigint;
  readonly helloNumber: number;
}

export class HelloCounter {
  readonly #incarnation: readonly [number, number];
  #count = 0;

  /** Time and chance: neither a set-back clock nor a seeded test repeats an incarnation. */
  constructor(clock: Clock, random: Random) {
    const incarnation = (BigInt(Math.floor(clock.wallClock())) << 16n) | BigInt(random.below(0x10000));
    this.#incarnation = [highHalf(incarnation), lowHalf(incarnation)];
  }

  next(): readonly number[] {
    return [...this.#incarnation, ++this.#count];
  }
}

/** Undefined when the details are not those of an election hello. */
export function stampOf(hello: Hello): HelloStamp | undefined {
  const [high, low, helloNumber] = hello.details;
  if (high === undefined || low === undefined || helloNumber === undefined) return undefined;
  return { incarnation: (BigInt(high) << 32n) | BigInt(low), helloNumber };
}

/** A restarted peer knows of nothing before. */
export const isLater = (arriving: HelloStamp, existing: HelloStamp): boolean =>
  arriving.incarnation !== existing.incarnation || arriving.helloNumber > existing.helloNumber;
