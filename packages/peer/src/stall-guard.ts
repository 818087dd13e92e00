// Time that stands still while the process does. After a stall (SIGSTOP, a paused machine, a long collection) nothing that the peers and
// clients sent meanwhile has been read, so their silence means nothing: every deadline moves by the stall.

import type { Millis } from '@zebu/protocol';

export class StallGuard {
  readonly #toleranceMs: Millis;
  #stalledMs: Millis = 0;
  #lastNow: Millis | undefined;

  /** Lateness above `toleranceMs` is a stall. */
  constructor(toleranceMs: Millis) {
    this.#toleranceMs = toleranceMs;
  }

  /** The cores' time at `now`; `wakeup`, in the cores' time, is when they should have been woken. */
  observe(now: Millis, wakeup: Millis | undefined): { readonly time: Millis; readonly late: boolean } {
    const time = now - this.#stalledMs;
    const due = wakeup === undefined ? this.#lastNow : Math.max(wakeup, this.#lastNow ?? wakeup);
    const lateness = wakeup === undefined || due === undefined ? 0 : time - due;
    const late = lateness > this.#toleranceMs;
    if (late) this.#stalledMs += lateness;
    this.#lastNow = now - this.#stalledMs;
    return { time: this.#lastNow, late };
  }

  /** When the cores' time `at` comes. */
  toRealTime(at: Millis): Millis {
    return at + this.#stalledMs;
  }
}
