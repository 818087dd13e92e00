// How learners come and go: one connection each, and nothing is left of one that is gone. Why a learner is dropped others decide.

import type { LinkId } from '@zebu/interfaces';
import type { Millis, ServerId } from '@zebu/protocol';
import type { LeaderRole } from './leader-role.ts';
import { LearnerHandler } from './learner-handler.ts';
import type { SyncRounds } from './sync-rounds.ts';

export class Learners {
  readonly #role: LeaderRole;
  readonly #syncRounds: SyncRounds;

  constructor(role: LeaderRole, syncRounds: SyncRounds) {
    this.#role = role;
    this.#syncRounds = syncRounds;
  }

  onLinkUp(link: LinkId, peer: ServerId, now: Millis): void {
    const { handlers, dependencies, membership } = this.#role;
    // Whoever calls itself by our own name must not acknowledge in our name.
    if (peer === dependencies.self) return this.#role.emit({ type: 'closeLink', link });
    // A learner has one connection: a newer one means that the older is dead.
    for (const handler of handlers.values()) if (handler.sid === peer) this.drop(handler, 'connected anew');
    handlers.set(link, new LearnerHandler(link, peer, membership.verifier.voters.has(peer), now));
  }

  onCongested(link: LinkId, queuedBytes: number): void {
    const reason = this.#role.congestionOf(link, queuedBytes);
    if (reason !== undefined) this.drop(this.#role.handlers.get(link) as LearnerHandler, reason);
  }

  drop(handler: LearnerHandler, reason: string): void {
    this.#role.closeLink(handler, reason);
    this.forget(handler.link);
  }

  /** The link is closed, by whichever side. */
  forget(link: LinkId): void {
    const handler = this.#role.remove(link);
    if (handler === undefined) return;
    this.#syncRounds.forget(handler);
    this.#role.proposals.forget(handler.sid);
    this.#syncRounds.votersChanged();
  }
}
