// What the phases of one leader share: its learners, its epoch, the history that it leads, and the effects of the step being made. It decides
// nothing but how leading ends.

import type { LinkId } from '@zebu/interfaces';
import type { Membership } from '@zebu/quorum';
import { type Epoch, type Millis, makeZxid, type QuorumPacket, type ServerId, type Zxid } from '@zebu/protocol';
import { EpochTally } from './epoch-tally.ts';
import type { HandlerPhase, LearnerHandler } from './learner-handler.ts';
import type { LeaderEffect } from './messages.ts';
import { Proposals } from './proposals.ts';
import type { LeaderDependencies, LeaderHistory, LeaderOptions } from './setup.ts';

export type LeaderPhase = 'idle' | 'discovery' | 'synchronization' | 'broadcast' | 'ended';

export class LeaderRole {
  readonly dependencies: LeaderDependencies;
  readonly options: LeaderOptions;
  readonly epochTally: EpochTally;
  readonly proposals: Proposals;
  readonly handlers = new Map<LinkId, LearnerHandler>();
  /** Whom this server leads, and whose quorums count. */
  membership: Membership;
  /** Who leads instead of this server: the configuration that it just brought into force says so, or it was asked to; nothing more is committed here. */
  successor: ServerId | undefined;
  /** What an oracle said last. */
  alone: ServerId | undefined;
  /** What is a quorum changed, and what was acknowledged is to be counted anew. */
  countsAnew = false;
  phase: LeaderPhase = 'idle';
  /** Until broadcast begins, a quorum must have got further by then. */
  deadline: Millis = 0;
  nextTickAt: Millis = 0;
  #effects: LeaderEffect[] = [];

  constructor(dependencies: LeaderDependencies, options: LeaderOptions, history: LeaderHistory) {
    this.dependencies = dependencies;
    this.options = options;
    const { self, membership, committedLog } = dependencies;
    this.membership = membership;
    this.alone = membership.alone;
    this.epochTally = new EpochTally(self, membership.verifier, history.acceptedEpoch, {
      currentEpoch: history.currentEpoch,
      lastZxid: history.lastLoggedZxid,
    });
    this.proposals = new Proposals(self, membership.verifier, committedLog, history);
  }

  /** The list that gathers the effects of the step that begins. */
  beginStep(): LeaderEffect[] {
    this.#effects = [];
    return this.#effects;
  }

  emit(...effects: readonly LeaderEffect[]): void {
    for (const effect of effects) this.#effects.push(effect);
  }

  send(links: readonly LinkId[], packets: readonly QuorumPacket[]): void {
    if (links.length > 0 && packets.length > 0) this.#effects.push({ type: 'send', links, packets });
  }

  /** An oracle's word counts only where no other voter is in sync: one that is, is waited for. */
  reviewOracle(): void {
    if (this.alone === undefined && this.membership.alone === undefined) return;
    const isAccompanied = [...this.handlers.values()].some(
      ({ voter, acknowledgedNewLeader }) => voter && acknowledgedNewLeader,
    );
    const membership = this.membership.grant(isAccompanied ? undefined : this.alone);
    if (membership === this.membership) return;
    this.membership = membership;
    this.countsAnew = true;
  }

  get ended(): boolean {
    return this.phase === 'ended';
  }

  /** Undefined until a quorum has announced itself. */
  get epoch(): Epoch | undefined {
    return this.epochTally.epoch;
  }

  /** What NEWLEADER and UPTODATE carry, and the ACK of NEWLEADER. */
  get newLeaderZxid(): Zxid | undefined {
    const { epoch } = this;
    return epoch === undefined ? undefined : makeZxid(epoch, 0);
  }

  /** This server and the voters that are connected to it. */
  get present(): Set<ServerId> {
    const present = new Set<ServerId>([this.dependencies.self]);
    for (const handler of this.handlers.values()) if (handler.voter) present.add(handler.sid);
    return present;
  }

  handlersIn(phase: HandlerPhase): LearnerHandler[] {
    return [...this.handlers.values()].filter((handler) => handler.phase === phase);
  }

  /** Whoever follows was told the same and is synced: they come at once, or they elect. */
  expectLearnersSoon(now: Millis): void {
    this.deadline = now + this.options.tickTimeMs;
  }

  /** Something brought the quorum nearer: initLimit begins anew. */
  extendDeadline(now: Millis): void {
    this.deadline = now + this.options.initLimit * this.options.tickTimeMs;
  }

  /** Two pings a tick, as ZooKeeper does. */
  scheduleTick(now: Millis): void {
    this.nextTickAt = now + this.options.tickTimeMs / 2;
  }

  /** The window of committed txns is held while anybody catches up. */
  holdWhileCatchingUp(): void {
    this.dependencies.committedLog.hold(this.#someoneCatchesUp());
  }

  unpin(handler: LearnerHandler): void {
    if (!handler.pinned) return;
    handler.pinned = false;
    this.#effects.push({ type: 'unpinLog', link: handler.link });
  }

  stepDown(reason: string): void {
    this.phase = 'ended';
    for (const handler of this.handlers.values()) {
      this.unpin(handler);
      this.#effects.push({ type: 'closeLink', link: handler.link });
    }
    this.handlers.clear();
    this.dependencies.committedLog.hold(false);
    const { successor } = this;
    this.#effects.push({ type: 'stepDown', reason, ...(successor === undefined ? {} : { successor }) });
  }

  #someoneCatchesUp(): boolean {
    for (const handler of this.handlers.values()) if (handler.phase === 'catchingUp') return true;
    return false;
  }
}
