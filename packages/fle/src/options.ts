// The three times of FastLeaderElection. ZooKeeper fixes the first in code and reads the others from fastleader.* in zoo.cfg.

import type { Millis } from '@zebu/protocol';

export interface FastLeaderElectionOptions {
  /** How long a quorum that agrees waits for a better vote from a voter not heard of yet. */
  readonly finalizeWaitMs: Millis;
  /** `fastleader.minNotificationInterval`: the first wait before a server that still looks repeats its vote. */
  readonly minNotificationIntervalMs: Millis;
  /** `fastleader.maxNotificationInterval`: the wait doubles up to this. */
  readonly maxNotificationIntervalMs: Millis;
}

/** ZooKeeper's defaults for what is not given. A maximum below the minimum is raised to it, for only one of the two may have been configured. */
export function fastLeaderElectionOptions(given: Partial<FastLeaderElectionOptions> = {}): FastLeaderElectionOptions {
  const finalizeWaitMs = atLeast(0, given.finalizeWaitMs ?? 200, 'finalizeWaitMs');
  const minimum = atLeast(1, given.minNotificationIntervalMs ?? 200, 'minNotificationIntervalMs');
  const maximum = atLeast(1, given.maxNotificationIntervalMs ?? 60_000, 'maxNotificationIntervalMs');
  return Object.freeze({
    finalizeWaitMs,
    minNotificationIntervalMs: minimum,
    maxNotificationIntervalMs: Math.max(minimum, maximum),
  });
}

function atLeast(least: number, value: number, name: string): number {
  if (!Number.isFinite(value) || value < least) throw new RangeError(`${name} is ${value}, must be at least ${least}`);
  return value;
}
