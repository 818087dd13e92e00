// Time for the shell. Cores never see this port: time is an argument to them.

import type { Millis, WallClockMs } from '@zebu/protocol';

export interface Timer {
  cancel(): void;
}

export interface Clock {
  /** Monotonic; only differences mean something. */
  now(): Millis;
  /** Wall clock, for Stat and TxnHeader. */
  wallClock(): WallClockMs;
  /** Calls once, never before `at`; late when the process was stalled. */
  setTimer(at: Millis, callback: () => void): Timer;
}
