// Time that passes only when the simulation says so. One heap of events; those of one moment happen in the order in which they were set.

import type { Clock } from '@zebu/interfaces';
import { assert, type Millis } from '@zebu/protocol';

interface Event {
  readonly at: Millis;
  readonly order: number;
  run: (() => void) | undefined;
}

/** A timer that is set again for the moment that it fired at, since differences of large times are rounded, would stop time. */
export const SHORTEST_TIMER_MS = 0.001;
/** Events in one turn of the real loop. */
const EVENTS_PER_TURN = 64;

export class VirtualTime {
  #now: Millis = 0;
  #order = 0;
  #heap: Event[] = [];
  #running = false;

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

  /** Right, and never late: a client's. */
  clock(): Clock {
    return {
      now: () => this.#now,
      wallClock: () => 1_700_000_000_000 + Math.floor(this.#now),
      setTimer: (at, callback) => ({ cancel: this.after(Math.max(SHORTEST_TIMER_MS, at - this.#now), callback) }),
    };
  }

  async run(ms: Millis): Promise<void> {
    await this.#advance(this.#now + ms, () => false);
  }

  /** Lets time pass until the condition holds; rejects when it does not within `limitMs` of virtual time. */
  async runUntil(condition: () => boolean, limitMs: Millis, what: string): Promise<void> {
    if (!(await this.passUntil(condition, limitMs)))
      throw new Error(`${what} did not happen in ${limitMs} simulated ms`);
  }

  /** The same; false when it does not. */
  passUntil(condition: () => boolean, limitMs: Millis): Promise<boolean> {
    return this.#advance(this.#now + limitMs, condition);
  }

  /** Nothing that was set will happen. */
  clear(): void {
    this.#heap = [];
  }

  /** False when the end came first; rejects with what an event throws. Between two events all promises that are ready go on. */
  #advance(end: Millis, condition: () => boolean): Promise<boolean> {
    assert(!this.#running, 'time passes once at a time');
    this.#running = true;
    return new Promise((resolve, reject) => {
      let turnsLeft = 0;
      // Of this call: turns that were scheduled are left when it is over.
      let over = false;
      const finish = (): void => {
        over = true;
        this.#running = false;
      };
      // Node settles promises between two immediates, and many immediates in one turn of its loop cost far less than many turns.
      const schedule = (): void => {
        turnsLeft = EVENTS_PER_TURN;
        for (let count = 0; count < EVENTS_PER_TURN; count++) setImmediate(turn);
      };
      const turn = (): void => {
        if (over) return;
        turnsLeft--;
        try {
          const holds = condition();
          if (holds || !this.#happen(end)) {
            finish();
            resolve(holds);
          } else if (turnsLeft === 0) {
            schedule();
          }
        } catch (error) {
          finish();
          reject(error as Error);
        }
      };
      schedule();
    });
  }

  /** The next event up to `end`; false when there is none. */
  #happen(end: Millis): boolean {
    for (let next = this.#heap[0]; next !== undefined && next.at <= end; next = this.#heap[0]) {
      this.#pop();
      if (next.run === undefined) continue;
      this.#now = next.at;
      next.run();
      return true;
    }
    this.#now = end;
    return false;
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

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
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
  }
}

const before = (left: Event, right: Event): boolean =>
  left.at < right.at || (left.at === right.at && left.order < right.order);
