// A new epoch for the leader that leads already, when the zxids of its epoch are used up (docs/decisions/0007-the-epoch-rolls-over.md): what is proposed
// is committed, then the learners go through discovery and synchronization once more, on the links that they have. Whatever fails ends in an election.

import { type Epoch, MAX_EPOCH, type Millis } from '@zebu/protocol';
import type { Discovery } from './discovery.ts';
import type { LeaderRole } from './leader-role.ts';
import type { Learners } from './learners.ts';

export class Rollover {
  readonly #role: LeaderRole;
  readonly #learners: Learners;
  readonly #discovery: Discovery;
  #wanted = false;

  constructor(role: LeaderRole, learners: Learners, discovery: Discovery) {
    this.#role = role;
    this.#learners = learners;
    this.#discovery = discovery;
  }

  /** From the wish to the establishment in the new epoch nothing is proposed. */
  get underWay(): boolean {
    return this.#wanted || this.#role.rollingOver;
  }

  request(): void {
    if (this.#role.phase === 'broadcast') this.#wanted = true;
  }

  /** After each step: the old epoch is over once all of it is committed, and every learner in sync was told so. */
  maybeBegin(now: Millis): void {
    const { phase, successor, membership, proposals, handlers } = this.#role;
    if (!this.#wanted || phase !== 'broadcast' || successor !== undefined) return;
    if (proposals.outstanding.length > 0 || membership.pending !== undefined) return;
    // One that has not arrived from the epoch before yet keeps its clients, too.
    for (const handler of handlers.values()) if (handler.rollsOver) return;
    this.#wanted = false;
    const epoch = this.#role.epoch as Epoch;
    if (epoch + 1 >= MAX_EPOCH) return this.#role.stepDown('the epochs are used up');
    this.#begin(epoch, now);
  }

  #begin(epoch: Epoch, now: Millis): void {
    this.#role.dependencies.logger.info('the zxids of this epoch are used up: asking for a new one', { epoch });
    // Whoever was still on its way into the old epoch begins with the new one.
    for (const handler of this.#role.handlers.values())
      if (handler.phase !== 'upToDate') this.#learners.drop(handler, 'the epoch ends; it may come again');
    this.#role.beginEpochAnew(epoch, now);
    for (const handler of this.#role.handlers.values()) handler.rollOver(now);
    this.#discovery.beginAnew(epoch);
  }
}
