// What time decides: which learners are given up, and when the leader gives itself up because no quorum follows it (any more).

import type { Millis, ServerId } from '@zebu/protocol';
import type { LeaderRole } from './leader-role.ts';
import type { Learners } from './learners.ts';
import { reasonToDrop } from './liveness.ts';

export class Supervision {
  readonly #role: LeaderRole;
  readonly #learners: Learners;
  /** They are given some time to come back. */
  #votersLeft = false;

  constructor(role: LeaderRole, learners: Learners) {
    this.#role = role;
    this.#learners = learners;
  }

  judge(now: Millis): void {
    this.#dropSilentLearners(now);
    this.#judgeSupport(now);
    if (this.#role.ended) return;
    if (this.#role.phase === 'broadcast') this.#checkQuorum();
    else if (this.#role.rollingOver && !this.#role.membership.verifier.containsQuorum(this.#role.present))
      this.#role.stepDown('the quorum was lost while the epoch rolled over');
    else if (now >= this.#role.deadline)
      this.#role.stepDown(`no quorum followed within initLimit (${this.#role.options.initLimit} ticks)`);
    else if (this.#role.phase === 'discovery' && this.#role.epochTally.betterWithNewEpoch(this.#role.present))
      this.#role.stepDown('voters had accepted this epoch before and cannot be counted for it; a higher one will do');
  }

  onSupportLost(now: Millis): void {
    this.#votersLeft = true;
    this.#judgeSupport(now);
  }

  #judgeSupport(now: Millis): void {
    const { phase, startedAt, options } = this.#role;
    if (!this.#votersLeft || phase === 'broadcast' || now - startedAt < (options.waitForVotersMs ?? 0)) return;
    this.#votersLeft = false;
    if (!this.#role.membership.verifier.containsQuorum(this.#role.present))
      this.#role.stepDown('the voters that elected this leader look for another');
  }

  #dropSilentLearners(now: Millis): void {
    const { initLimit, syncLimit, tickTimeMs } = this.#role.options;
    const limits = { initLimitMs: initLimit * tickTimeMs, syncLimitMs: syncLimit * tickTimeMs };
    for (const handler of this.#role.handlers.values()) {
      const reason = reasonToDrop(handler, limits, now);
      if (reason !== undefined) this.#learners.drop(handler, reason);
    }
  }

  #checkQuorum(): void {
    this.#role.reviewOracle();
    const { dependencies, handlers, membership } = this.#role;
    const synced = new Set<ServerId>([dependencies.self]);
    for (const { voter, acknowledgedNewLeader, sid } of handlers.values())
      if (voter && acknowledgedNewLeader) synced.add(sid);
    if (membership.verifier.containsQuorum(synced)) return;
    this.#role.stepDown(`no quorum is synced any more, only servers ${[...synced].join(', ')}`);
  }
}
