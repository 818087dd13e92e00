// The process's own time.

import type { Clock } from '@zebu/interfaces';

/** setTimeout takes no longer delay. */
const LONGEST_DELAY_MS = 0x7fff_ffff;

export const systemClock: Clock = {
  now: () => performance.now(),
  wallClock: () => Date.now(),
  setTimer(at, callback) {
    // Rounded up: setTimeout cuts fractions off, and a timer must not fire before its time.
    const delay = Math.min(LONGEST_DELAY_MS, Math.max(0, Math.ceil(at - performance.now())));
    const timeout = setTimeout(callback, delay);
    return { cancel: () => clearTimeout(timeout) };
  },
};
