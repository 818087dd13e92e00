// Changes of the ensemble while it is led (Leader.propose, tryToCommit and getDesignatedLeader). From the proposal of a reconfig on, quorums of
// the old and of the new configuration decide; once it is committed, those of the new one. Who is no voter of it, or moves, leads no longer.

import { type Ensemble, isSameAddress, type ServerId, type Zxid } from '@zebu/protocol';
import type { LeaderRole } from './leader-role.ts';
import { furthestSuccessor, furthestVoter } from './successor.ts';
import type { SyncRounds } from './sync-rounds.ts';

/** A leader that another one follows waits for its learners to leave, so that they read what it sent; not longer than so many ticks. */
const HAND_OVER_TICKS = 2;

export class Reconfiguration {
  readonly #role: LeaderRole;
  readonly #syncRounds: SyncRounds;
  #ticksUntilLeaving = HAND_OVER_TICKS;

  constructor(role: LeaderRole, syncRounds: SyncRounds) {
    this.#role = role;
    this.#syncRounds = syncRounds;
  }

  /** The txns that are proposed next change the ensemble. Who gets a vote by that is first given what went only to voters so far. */
  propose(ensemble: Ensemble): void {
    const { proposals, membership, handlers } = this.#role;
    this.#role.membership = membership.propose(ensemble);
    const { voters } = this.#role.membership.verifier;
    for (const handler of handlers.values()) {
      if (handler.voter) continue;
      handler.countAmong(voters);
      if (!handler.voter || !handler.forwarding) continue;
      const txns = proposals.after(handler.sentZxid);
      if (txns.length > 0) this.#role.send([handler.link], [{ type: 'PROPOSAL', txns }]);
      handler.sentZxid = proposals.lastProposedZxid;
    }
    this.recount();
  }

  /** Who had no vote may follow a leader below what it once promised; with a vote it may not be counted there. */
  makeWayForPromises(): void {
    for (const handler of this.#role.handlers.values()) if (handler.voter && this.#role.makesWayFor(handler)) return;
  }

  /** Everything up to the zxid is committed. The leader from now on, if with that a configuration came into force. */
  commit(zxid: bigint): ServerId | undefined {
    const before = this.#role.membership;
    const after = before.commit(zxid);
    if (after === before) return undefined;
    const leader = this.#designate(before.inForce, after.inForce);
    if (leader !== this.#role.dependencies.self) this.#role.successor = leader;
    return leader;
  }

  /** This leader is established: so is the configuration that it leads. */
  establish(): void {
    const { membership, options, newLeaderZxid } = this.#role;
    const { inForce } = membership;
    if (!options.reconfigEnabled || inForce.version !== 0n) return;
    this.#role.membership = membership.adopt({ ...inForce, version: newLeaderZxid as Zxid });
  }

  /** What is committed was told to all; from now on the new configuration decides. */
  activate(zxid: bigint): void {
    this.#role.membership = this.#role.membership.commit(zxid);
    const { membership, handlers } = this.#role;
    const { voters } = membership.verifier;
    for (const handler of handlers.values()) handler.countAmong(voters);
    this.recount();
  }

  /** A learner left, or half a tick went by. */
  maybeLeave(ticked: boolean): void {
    const { successor, handlers, membership } = this.#role;
    if (successor === undefined || this.#role.ended) return;
    if (ticked) this.#ticksUntilLeaving--;
    const awaited = [...handlers.values()].some(({ voter, forwarding }) => voter && forwarding);
    if (awaited && this.#ticksUntilLeaving > 0) return;
    const version = membership.inForce.version.toString(16);
    this.#role.stepDown(`server ${successor} leads in configuration ${version}`);
  }

  /** With what is a quorum now. */
  recount(): void {
    const { proposals, membership, handlers } = this.#role;
    const synced = [...handlers.values()].filter((handler) => handler.acknowledgedNewLeader);
    proposals.countWith(membership.verifier, synced);
    this.#syncRounds.countWith(membership.verifier);
  }

  /** This server if it stays a voter where it is; else the voter of the new configuration that holds the most. */
  #designate(before: Ensemble, after: Ensemble): ServerId {
    const { self } = this.#role.dependencies;
    const verifier = this.#role.membership.newestVerifier;
    const [was, becomes] = [before.servers.get(self), after.servers.get(self)];
    const stays = was === undefined || isSameAddress(was.quorumAddress, (becomes ?? was).quorumAddress);
    if (stays && verifier.weightOf(self) > 0) return self;
    const handlers = [...this.#role.handlers.values()];
    const successor = furthestSuccessor(handlers, verifier);
    if (successor !== undefined) return successor.sid;
    // A leader without a vote must not lead on. A quorum acknowledged the configuration, so there is a voter of it.
    return verifier.weightOf(self) > 0 ? self : (furthestVoter(handlers, verifier)?.sid ?? self);
  }
}
