import type { Clock, Timer } from '@zebu/interfaces';

interface Armed {
  readonly at: number;
  readonly callback: () => void;
}

/** Time that moves when the test says so. */
export class ManualClock implements Clock {
  #now = 0;
  readonly #armed = new Set<Armed>();

  now(): number {
    return this.#now;
  }

  wallClock(): number {
    return this.#now;
  }

  setTimer(at: number, callback: () => void): Timer {
    const armed = { at, callback };
    this.#armed.add(armed);
    return { cancel: () => this.#armed.delete(armed) };
  }

  get timerCount(): number {
    return this.#armed.size;
  }

  /** When the next timer fires, from now. */
  get untilNext(): number | undefined {
    const next = this.#next();
    return next === undefined ? undefined : Math.max(0, next.at - this.#now);
  }

  /** Fires every timer on the way, each at its time. */
  advance(byMs: number): void {
    const end = this.#now + byMs;
    for (let next = this.#next(); next !== undefined && next.at <= end; next = this.#next()) this.runNext();
    this.#now = end;
  }

  /** Fires the next timer alone, now if it is overdue. */
  runNext(): void {
    const next = this.#next();
    if (next === undefined) throw new Error('no timer is armed');
    this.#now = Math.max(this.#now, next.at);
    this.#armed.delete(next);
    next.callback();
  }

  /** Time passes while the process is stalled: timers are late. */
  stall(byMs: number): void {
    this.#now += byMs;
  }

  #next(): Armed | undefined {
    return [...this.#armed].sort((a, b) => a.at - b.at)[0];
  }
}
