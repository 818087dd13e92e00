// When a learner is given up: silence, or a peer that pings but gets nothing done. Time is the peer's, which stands still while the process is
// stalled, so a limit is never reached by our own absence.

import type { Millis } from '@zebu/protocol';
import type { LearnerHandler } from './learner-handler.ts';

export interface LivenessLimits {
  /** Until a learner is up to date. */
  readonly initLimitMs: Millis;
  /** From then on. */
  readonly syncLimitMs: Millis;
}

/** Why the learner is to be dropped; undefined while it may stay. */
export function reasonToDrop(handler: LearnerHandler, limits: LivenessLimits, now: Millis): string | undefined {
  const { initLimitMs, syncLimitMs } = limits;
  const limitMs = handler.serves ? syncLimitMs : initLimitMs;
  if (now - handler.lastHeardAt > limitMs) return `silent for ${limitMs} ms`;
  if (handler.phase === 'catchingUp' && now - handler.progressAt > initLimitMs)
    return `pings, but got no further for ${initLimitMs} ms`;
  if (!handler.serves || handler.behindSince === undefined || now - handler.behindSince <= syncLimitMs)
    return undefined;
  // The next rollover would wait for it.
  if (handler.rollsOver) return `pings, but did not come into the new epoch for ${syncLimitMs} ms`;
  return `pings, but acknowledged no proposal for ${syncLimitMs} ms`;
}
