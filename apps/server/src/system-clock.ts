// The machine's clocks and timers.

import type { Clock, Timer } from '@zebu/interfaces';
import type { Millis } from '@zebu/protocol';

/** setTimeout takes no more. */
const MAX_DELAY_MS = 0x7fff_ffff;

export const systemClock: Clock = {
  now: () => performance.now(),
  wallClock: () => Date.now(),
  setTimer: (at, callback) => (at <= performance.now() ? new DueTimer(callback) : new SystemTimer(at, callback)),
};

/** What is due already comes after one look at the sockets; setTimeout would sleep for a millisecond. */
class DueTimer implements Timer {
  readonly #immediate: NodeJS.Immediate;

  constructor(callback: () => void) {
    this.#immediate = setImmediate(callback);
  }

  cancel(): void {
    clearImmediate(this.#immediate);
  }
}

/** Node's timers count in whole milliseconds and may be a fraction early; this one is not. */
class SystemTimer implements Timer {
  readonly #at: Millis;
  readonly #callback: () => void;
  #timeout: NodeJS.Timeout;

  constructor(at: Millis, callback: () => void) {
    this.#at = at;
    this.#callback = callback;
    this.#timeout = this.#arm();
  }

  cancel(): void {
    clearTimeout(this.#timeout);
  }

  #arm(): NodeJS.Timeout {
    const delay = Math.ceil(this.#at - performance.now());
    return setTimeout(() => this.#onTimeout(), Math.min(Math.max(0, delay), MAX_DELAY_MS));
  }

  #onTimeout(): void {
    if (performance.now() < this.#at) this.#timeout = this.#arm();
    else this.#callback();
  }
}
