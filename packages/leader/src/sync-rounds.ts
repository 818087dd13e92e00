// The rounds of PING: they keep learners from taking the leader for dead, and confirm to waiting syncs that it still leads. What confirms a
// sync the barrier decides.

import type { LinkId, QuorumVerifier } from '@zebu/interfaces';
import type { QuorumPacket } from '@zebu/protocol';
import type { LeaderRole } from './leader-role.ts';
import type { LearnerHandler } from './learner-handler.ts';
import { SyncBarrier } from './sync-barrier.ts';

export class SyncRounds {
  readonly #role: LeaderRole;
  readonly #barrier: SyncBarrier;

  constructor(role: LeaderRole) {
    this.#role = role;
    this.#barrier = new SyncBarrier(role.dependencies.self, role.membership.verifier);
  }

  get waitingCount(): number {
    return this.#barrier.waitingCount;
  }

  /** A sync arrived: from a learner, or (without a link) from a client of this server. */
  onSync(link: LinkId | undefined, syncId: number): void {
    this.#barrier.add({ link, syncId }, this.#role.proposals.lastProposedZxid);
    this.answerSyncs();
  }

  onPong(handler: LearnerHandler, packet: Extract<QuorumPacket, { type: 'PING' }>): void {
    if (!handler.serves) return;
    if (packet.sessions.length > 0) this.#role.emit({ type: 'touch', sessions: packet.sessions });
    if (!handler.voter) return;
    this.#barrier.answered(handler.sid, packet.round);
    this.answerSyncs();
  }

  /** Its answers count no more, and its syncs are not waited for. */
  forget(handler: LearnerHandler): void {
    this.#barrier.forget(handler.sid, handler.link);
  }

  votersChanged(): void {
    this.#barrier.votersChanged();
    this.answerSyncs();
  }

  /** From now on other quorums confirm. */
  countWith(verifier: QuorumVerifier): void {
    this.#barrier.countWith(verifier);
  }

  pingAll(): void {
    this.#ping([...this.#role.handlers.keys()]);
    this.answerSyncs();
  }

  answerSyncs(): void {
    if (this.#role.phase !== 'broadcast') return;
    this.#answerConfirmedSyncs();
    if (!this.#barrier.needsRound) return;
    this.#askVoters();
    // A quorum of one confirms by itself.
    this.#answerConfirmedSyncs();
  }

  #answerConfirmedSyncs(): void {
    for (const sync of this.#barrier.takeConfirmed(this.#role.proposals.lastCommittedZxid)) {
      if (sync.link === undefined) this.#role.emit({ type: 'syncConfirmed', syncId: sync.syncId });
      else this.#role.send([sync.link], [{ type: 'SYNC', syncId: sync.syncId }]);
    }
  }

  /** A round for waiting syncs goes only to those whose answer counts: there may be thousands a second. */
  #askVoters(): void {
    const voters = this.#role.handlersIn('upToDate').filter((handler) => handler.voter);
    this.#ping(voters.map((handler) => handler.link));
  }

  #ping(links: readonly LinkId[]): void {
    this.#role.send(links, [{ type: 'PING', round: this.#barrier.beginRound(), sessions: [] }]);
  }
}
