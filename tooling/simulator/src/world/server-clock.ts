// The clock of one machine: it may run too fast or too slowly, its wall clock may jump, and its timers are late.

import type { Clock, Timer } from '@zebu/interfaces';
import type { Millis } from '@zebu/protocol';
import type { Delay } from './delay.ts';
import type { ProcessGate } from './process-gate.ts';
import { SHORTEST_TIMER_MS, type VirtualTime } from './virtual-time.ts';

const WALL_CLOCK_START_MS = 1_700_000_000_000;

class MachineTimer implements Timer {
  readonly at: Millis;
  readonly callback: () => void;
  cancelEvent: () => void = () => undefined;
  readonly #pending: Set<MachineTimer>;

  constructor(at: Millis, callback: () => void, pending: Set<MachineTimer>) {
    this.at = at;
    this.callback = callback;
    this.#pending = pending;
    pending.add(this);
  }

  cancel(): void {
    this.cancelEvent();
    this.#pending.delete(this);
  }
}

export class ServerClock {
  readonly #time: VirtualTime;
  readonly lateness: Delay;
  readonly #pending = new Set<MachineTimer>();
  #rate = 1;
  /** Of this clock, when the rate was last set. */
  #base: Millis = 0;
  #baseAt: Millis = 0;
  #wallOffsetMs = 0;

  constructor(time: VirtualTime, lateness: Delay) {
    this.#time = time;
    this.lateness = lateness;
  }

  now(): Millis {
    return this.#base + (this.#time.now - this.#baseAt) * this.#rate;
  }

  wallClock(): number {
    return WALL_CLOCK_START_MS + Math.floor(this.now() + this.#wallOffsetMs);
  }

  setRate(rate: number): void {
    this.#base = this.now();
    this.#baseAt = this.#time.now;
    this.#rate = rate;
    for (const timer of this.#pending) {
      timer.cancelEvent();
      this.#arm(timer);
    }
  }

  jumpWallClock(byMs: number): void {
    this.#wallOffsetMs += byMs;
  }

  /** As a process sees it: its timers come through the gate. */
  forProcess(gate: ProcessGate): Clock {
    return {
      now: () => this.now(),
      wallClock: () => this.wallClock(),
      setTimer: (at, callback) => {
        const timer = new MachineTimer(at, () => gate.timer(() => this.#pending.has(timer) && fire()), this.#pending);
        const fire = (): void => {
          this.#pending.delete(timer);
          callback();
        };
        this.#arm(timer);
        return timer;
      },
    };
  }

  /** The process is gone with its timers. */
  forgetTimers(): void {
    for (const timer of this.#pending) timer.cancelEvent();
    this.#pending.clear();
  }

  #arm(timer: MachineTimer): void {
    const delay = Math.max((timer.at - this.now()) / this.#rate, SHORTEST_TIMER_MS);
    timer.cancelEvent = this.#time.after(delay + this.lateness.next(), () => timer.callback());
  }
}
