// What the phases of one leader share: its learners, its epoch, the history that it leads, and the effects of the step being made. It decides
// nothing but how leading ends.

import type { Membership } from '@zebu/quorum';
import { type Epoch, type Millis, makeZxid, type ServerId, type Zxid } from '@zebu/protocol';
import { EpochTally } from './epoch-tally.ts';
import type { LearnerHandler } from './learner-handler.ts';
import { LearnerMaster } from './learner-master.ts';
import type { LeaderEffect } from './messages.ts';
import { Proposals } from './proposals.ts';
import type { LeaderDependencies, LeaderHistory, LeaderOptions } from './setup.ts';

export type LeaderPhase = 'idle' | 'discovery' | 'synchronization' | 'broadcast' | 'ended';

export class LeaderRole extends LearnerMaster<LeaderEffect> {
  readonly dependencies: LeaderDependencies;
  override readonly options: LeaderOptions;
  epochTally: EpochTally;
  readonly proposals: Proposals;
  /** Whom this server leads, and whose quorums count. */
  membership: Membership;
  /** Who leads instead of this server: the configuration that it just brought into force says so, or it was asked to; nothing more is committed here. */
  successor: ServerId | undefined;
  /** What an oracle said last. */
  alone: ServerId | undefined;
  /** What is a quorum changed, and what was acknowledged is to be counted anew. */
  countsAnew = false;
  phase: LeaderPhase = 'idle';
  /** The last one in which a quorum acknowledged NEWLEADER to this leader. */
  establishedEpoch: Epoch | undefined;
  /** Discovery and synchronization are those of a new epoch, while clients are served in the old one. */
  rollingOver = false;
  /** Until broadcast begins, a quorum must have got further by then. */
  deadline: Millis = 0;
  startedAt: Millis = 0;

  constructor(dependencies: LeaderDependencies, options: LeaderOptions, history: LeaderHistory) {
    super(dependencies, options);
    this.dependencies = dependencies;
    this.options = options;
    const { self, membership, committedLog } = dependencies;
    this.membership = membership;
    this.alone = membership.alone;
    this.epochTally = new EpochTally(self, membership.verifier, history.acceptedEpoch, {
      currentEpoch: history.currentEpoch,
      lastZxid: history.lastLoggedZxid,
    });
    this.proposals = new Proposals(self, membership.verifier, committedLog, history, options.lastCounter);
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

  /** The leader begins with discovery again, and no learner leaves for that. Its time is short: nothing is written meanwhile. */
  beginEpochAnew(epoch: Epoch, now: Millis): void {
    const { verifier } = this.membership;
    const own = { currentEpoch: epoch, lastZxid: this.proposals.lastProposedZxid };
    this.epochTally = new EpochTally(this.dependencies.self, verifier, epoch, own);
    this.proposals.beginEpochAnew(verifier);
    this.phase = 'discovery';
    this.rollingOver = true;
    this.deadline = now + this.options.syncLimit * this.options.tickTimeMs;
  }

  /** Whoever follows was told the same and is synced: they come at once, or they elect. */
  expectLearnersSoon(now: Millis): void {
    this.deadline = now + this.options.tickTimeMs;
  }

  /** Something brought the quorum nearer: initLimit begins anew. */
  extendDeadline(now: Millis): void {
    this.deadline = now + this.options.initLimit * this.options.tickTimeMs;
  }

  /** A voter that promised itself to a later leader is not counted here: only a newer epoch takes it back, which this server will then know of. */
  makesWayFor({ sid, acceptedEpoch }: LearnerHandler): boolean {
    const { epoch } = this;
    if (epoch === undefined || acceptedEpoch === undefined || acceptedEpoch <= epoch) return false;
    this.emit({ type: 'writeAcceptedEpoch', epoch: acceptedEpoch });
    this.stepDown(`server ${sid} has accepted epoch ${acceptedEpoch}, above ours, ${epoch}`);
    return true;
  }

  stepDown(reason: string): void {
    this.phase = 'ended';
    this.dismissAll();
    const { successor } = this;
    this.emit({ type: 'stepDown', reason, ...(successor === undefined ? {} : { successor }) });
  }
}
