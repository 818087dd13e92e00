// How many learners are brought to the history at a time (LearnerSyncThrottler): a crowd of observers that starts at once must not take the
// disk and the links from those whose votes are needed. Who is refused tries again soon.

import type { LearnerHandler } from './learner-handler.ts';
import type { SyncLimits } from './setup.ts';

export class SyncThrottle {
  readonly #learners: ReadonlyMap<unknown, LearnerHandler>;
  readonly #limits: SyncLimits;

  constructor(learners: ReadonlyMap<unknown, LearnerHandler>, limits: SyncLimits) {
    this.#learners = learners;
    this.#limits = limits;
  }

  /**
   * Why this learner has to wait; undefined when it may begin. Who votes or is about to never has to, but is counted; nor who goes on into a new epoch
   * with all that there was in the one before.
   */
  refusalOf(handler: LearnerHandler, kind: 'snapshots' | 'diffs'): string | undefined {
    if (!handler.observes || handler.rollsOver) return undefined;
    const count = this.#inProgress(kind, handler);
    if (count < this.#limits[kind]) return undefined;
    return `${count} learners are sent ${kind} already, and no more may be at a time`;
  }

  /** Until its learner has acknowledged NEWLEADER a sync is in progress. */
  #inProgress(kind: 'snapshots' | 'diffs', except: LearnerHandler): number {
    let count = 0;
    for (const handler of this.#learners.values()) {
      const { phase, syncPath } = handler;
      const syncs = (phase === 'catchingUp' || phase === 'newLeaderSent') && syncPath !== undefined;
      if (handler !== except && syncs && (syncPath === 'SNAP') === (kind === 'snapshots')) count++;
    }
    return count;
  }
}
