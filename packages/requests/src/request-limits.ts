// How much work clients may leave with one server, and what became of it so far (ZooKeeperServer.shouldThrottle,
// checkRequestSizeWhenMessageReceived).

import type { Millis } from '@zebu/protocol';

export interface RequestLimits {
  /** globalOutstandingLimit: beyond so many unanswered requests in all, a connection that waits for an answer is read no further. */
  readonly globalOutstandingLimit: number;
  /** largeRequestThreshold: a longer request is a large one; Infinity for none. */
  readonly largeRequestThresholdBytes: number;
  /** largeRequestMaxBytes: of all large requests that are in process. */
  readonly largeRequestMaxBytes: number;
  /**
   * Of what is committed: a txn, a znode that goes with its session and a watch event are one each. What is left when a step has done so much
   * follows in steps of its own; with 0 all of it does.
   */
  readonly workAtOnce: number;
  /** Undefined: requests never wait before they are begun. */
  readonly throttle: RequestThrottle | undefined;
}

/** RequestThrottler's settings, and those of Request that speak of staleness. */
export interface RequestThrottle {
  /** requestThrottleLimit: requests in process at which further ones wait their turn. */
  readonly maxRequestCount: number;
  /** requestThrottleStallTime: how long at most until those that wait are looked at again. */
  readonly stallTimeMs: Millis;
  /** requestThrottleDropStale: a stale request that waits is dropped, and its connection closed. */
  readonly dropStale: boolean;
  /** requestStaleConnectionCheck: a request is stale when its connection is gone. */
  readonly staleConnectionCheck: boolean;
  /** requestStaleLatencyCheck: a request is stale when it is older than its session's timeout. */
  readonly staleLatencyCheck: boolean;
  /** throttledOpWaitTime: a request that waited longer is refused in its turn (THROTTLEDOP); Infinity for none. */
  readonly throttledOpWaitTimeMs: Millis;
}

export const DEFAULT_REQUEST_LIMITS: RequestLimits = {
  globalOutstandingLimit: 1000,
  largeRequestThresholdBytes: Number.POSITIVE_INFINITY,
  largeRequestMaxBytes: 100 * 1024 * 1024,
  // About a millisecond.
  workAtOnce: 512,
  throttle: undefined,
};

/** What all connections together have under way. */
export class RequestLoad {
  readonly #limits: RequestLimits;
  /** Requests that wait for a commit, a sync or their turn in the session. */
  outstandingCount = 0;
  /** Requests that were not begun yet. */
  throttledCount = 0;
  largeRequestBytes = 0;

  constructor(limits: RequestLimits) {
    this.#limits = limits;
  }

  /** Resuming at half spares a pause and a resume for every request at the limit. */
  isHigh(paused: boolean): boolean {
    const { globalOutstandingLimit } = this.#limits;
    const limit = paused ? globalOutstandingLimit >> 1 : globalOutstandingLimit;
    return this.outstandingCount > limit || this.throttledCount > limit;
  }

  /** What counts of a request's length. */
  largeBytesOf(length: number): number {
    return length > this.#limits.largeRequestThresholdBytes ? length : 0;
  }

  /** False when a large request would be one too many. */
  hasRoomFor(length: number): boolean {
    return this.largeBytesOf(length) === 0 || this.largeRequestBytes + length <= this.#limits.largeRequestMaxBytes;
  }
}
