// How long things may take, for checkers that judge by time: what the servers' settings and the faults of a run allow.

import type { Millis } from '@zebu/protocol';

export interface ClientLimits {
  /** How late a leader may know of what a server heard from a client: two rounds of pings between servers, and their ways. */
  readonly lateContactMs: Millis;
  /** Rate of the fastest monotonic clock that a server can have. */
  readonly fastestClockRate: number;
  /** From the calm, or from when its session's time is up, until an ephemeral is gone. */
  readonly expiredWithinMs: Millis;
  /** From the calm, or from when it is due, until a container or a znode with a TTL is gone. */
  readonly collectedWithinMs: Millis;
}

export const DEFAULT_CLIENT_LIMITS: ClientLimits = {
  lateContactMs: 600,
  fastestClockRate: 1.25,
  expiredWithinMs: 4000,
  collectedWithinMs: 4000,
};
