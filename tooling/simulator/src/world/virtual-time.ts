// Time that passes only when the simulation says so. One heap of events; those of one moment happen in the order in which they were set.

import type { Clock } from '@zebu/interfaces';
import type { Millis } from '@zebu/protocol';

interface Event {
  readonly at: Millis;
  readonly order: number;
  run: (() => void) | undefined;
}

export class VirtualTime {
  #now: Millis = 0;
  #order = 0;
  readonly #heap: Event[] = [];

  get now(): Millis {
    return this.#now;
  }

  /** Returns what cancels it. */
  after(delayMs: Millis, run: () => void): () => void {
    const event: Event = { at: this.#now + Math.max(0, delayMs), order: this.#order++, run };
    this.#push(event);
    return () => {
      event.run = undefined;
    };
  }

  sleep(delayMs: Millis): Promise<void> {
    return new Promise((resolve) => void this.after(delayMs, resolve));
  }

  /** A clock for one process: dead once `alive` says so. */
  clock(alive: () => boolean = () => true): Clock {
    return {
      now: () => this.#now,
      wallClock: () => 1_700_000_000_000 + Math.floor(this.#now),
      setTimer: (at, callback) => ({ cancel: this.after(at - this.#now, () => alive() && callback()) }),
    };
  }

  /** Lets time pass until the condition holds; rejects when it does not within `limitMs` of virtual time. */
  async runUntil(condition: () => boolean, limitMs: Millis, what: string): Promise<void> {
    const end = this.#now + limitMs;
    await settle();
    while (!condition()) {
      const event = this.#pop();
      if (event === undefined || event.at > end) throw new Error(`${what} did not happen in ${limitMs} simulated ms`);
      if (event.run === undefined) continue;
      this.#now = event.at;
      event.run();
      await settle();
    }
  }

  #push(event: Event): void {
    const heap = this.#heap;
    let index = heap.push(event) - 1;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (!before(event, heap[parent] as Event)) break;
      heap[index] = heap[parent] as Event;
      index = parent;
    }
    heap[index] = event;
  }

  #pop(): Event | undefined {
    const heap = this.#heap;
    const top = heap[0];
    const last = heap.pop();
    if (top === undefined || last === undefined || heap.length === 0) return top;
    let index = 0;
    for (;;) {
      let child = 2 * index + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && before(heap[child + 1] as Event, heap[child] as Event)) child++;
      if (!before(heap[child] as Event, last)) break;
      heap[index] = heap[child] as Event;
      index = child;
    }
    heap[index] = last;
    return top;
  }
}

const before = (left: Event, right: Event): boolean =>
  left.at < right.at || (left.at === right.at && left.order < right.order);

/** Lets everything that is ready go on: all of it is promises, so one turn of the loop is the end of it. */
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
