// Synchronization (Zab phase 2): each learner is brought to the leader's history and acknowledges NEWLEADER; with a quorum the leader is
// established. Learners that come later go the same way during broadcast. How a learner is brought there is the synchronizer's to say.

import { type Epoch, formatEnsemble, formatZxid, type Millis, type ServerId, type Zxid } from '@zebu/protocol';
import type { Broadcast } from './broadcast.ts';
import type { LeaderRole } from './leader-role.ts';
import type { HeldQuestion, LearnerHandler } from './learner-handler.ts';
import type { Learners } from './learners.ts';
import type { Reconfiguration } from './reconfiguration.ts';
import type { SyncRounds } from './sync-rounds.ts';
import { type SynchronizationInput, Synchronizer } from './synchronizer.ts';

interface SynchronizationParts {
  readonly learners: Learners;
  readonly syncRounds: SyncRounds;
  readonly broadcast: Broadcast;
  readonly reconfiguration: Reconfiguration;
}

export class Synchronization {
  readonly #role: LeaderRole;
  readonly #learners: Learners;
  readonly #syncRounds: SyncRounds;
  readonly #broadcast: Broadcast;
  readonly #reconfiguration: Reconfiguration;
  readonly #synchronizer: Synchronizer;

  constructor(role: LeaderRole, parts: SynchronizationParts) {
    this.#role = role;
    this.#learners = parts.learners;
    this.#syncRounds = parts.syncRounds;
    this.#broadcast = parts.broadcast;
    this.#reconfiguration = parts.reconfiguration;
    const { proposals: history, handlers: learners, options } = role;
    const { committedLog, logger } = role.dependencies;
    this.#synchronizer = new Synchronizer({ committedLog, history, learners, options, logger });
  }

  /** A quorum accepted the epoch, and currentEpoch is durable here. */
  becomeSynchronizing(now: Millis): void {
    this.#role.phase = 'synchronization';
    this.#role.extendDeadline(now);
    this.#role.proposals.acknowledgeNewLeader(this.#role.dependencies.self);
    for (const handler of this.#role.handlersIn('epochAcknowledged')) this.synchronize(handler, now);
    this.#maybeBecomeEstablished(now);
  }

  synchronize(handler: LearnerHandler, now: Millis): void {
    handler.progressAt = now;
    this.#role.emit(...this.#synchronizer.begin(handler));
    this.#maybeFinish(handler);
  }

  onProgress(input: SynchronizationInput, now: Millis): void {
    const handler = this.#role.handlers.get(input.link);
    if (handler?.phase !== 'catchingUp') return;
    // Progress, not elapsed time, satisfies initLimit; only a voter's brings the quorum nearer.
    handler.lastHeardAt = now;
    handler.progressAt = now;
    if (handler.voter) this.#role.extendDeadline(now);
    this.#role.emit(...this.#synchronizer.progress(handler, input));
    this.#maybeFinish(handler);
  }

  onNewLeaderAcknowledged(handler: LearnerHandler, now: Millis): void {
    if (handler.phase !== 'newLeaderSent') return this.#learners.drop(handler, 'acknowledged NEWLEADER out of turn');
    handler.phase = 'synced';
    // What was proposed while it synchronized is to be acknowledged from now on, not since then; and by voters alone.
    handler.behindSince = handler.voter && handler.ackedZxid !== handler.sentZxid ? now : undefined;
    if (handler.voter) this.#role.proposals.acknowledgeNewLeader(handler.sid);
    if (this.#role.phase !== 'broadcast') return this.#maybeBecomeEstablished(now);
    // It may be the one that was missing for proposals it got as history.
    if (handler.voter) this.#broadcast.acknowledge(handler.sid, handler.ackedZxid);
    this.#becomeUpToDate([handler]);
  }

  #maybeFinish(handler: LearnerHandler): void {
    if (handler.refusal !== undefined) return this.#learners.drop(handler, handler.refusal);
    // In one step with the last run of txns, so that nothing falls between it and the first forwarded proposal.
    if (this.#synchronizer.isCaughtUp(handler)) this.#finish(handler);
    this.#role.holdWhileCatchingUp();
  }

  #finish(handler: LearnerHandler): void {
    const lastRun = this.#synchronizer.finish(handler);
    this.#role.send([handler.link], [...lastRun, { type: 'NEWLEADER', zxid: this.#role.newLeaderZxid as Zxid }]);
    this.#role.unpin(handler);
    handler.sendNewLeader();
    this.#role.dependencies.logger.info('learner synchronized', {
      sid: handler.sid,
      path: handler.syncPath,
      zxid: formatZxid(handler.sentZxid),
    });
  }

  #maybeBecomeEstablished(now: Millis): void {
    const { phase, proposals, dependencies } = this.#role;
    if (phase !== 'synchronization' || !proposals.newLeaderQuorum) return;
    this.#role.phase = 'broadcast';
    const epoch = this.#role.epoch as Epoch;
    this.#role.establishedEpoch = epoch;
    this.#role.rollingOver = false;
    const tail = proposals.establish(epoch);
    if (tail.length > 0) this.#role.emit({ type: 'deliver', txns: tail });
    // What the initial history says of the ensemble is committed with it.
    const designatedLeader = this.#reconfiguration.commit(proposals.lastCommittedZxid);
    if (designatedLeader !== undefined) this.#reconfiguration.activate(proposals.lastCommittedZxid);
    this.#reconfiguration.establish();
    this.#role.emit({ type: 'established', epoch });
    const synced = this.#role.handlersIn('synced');
    proposals.acknowledge(dependencies.self, proposals.lastProposedZxid);
    for (const handler of synced) if (handler.voter) proposals.acknowledge(handler.sid, handler.ackedZxid);
    this.#becomeUpToDate(synced);
    if (this.#role.successor !== undefined) this.#handOver(this.#role.successor);
    this.#role.scheduleTick(now);
  }

  /** The configuration that this leader brought into force by being established gives it no vote, or another place. */
  #handOver(designatedLeader: ServerId): void {
    const zxid = this.#role.proposals.lastCommittedZxid;
    const links = [...this.#role.handlers.values()].filter((handler) => handler.forwarding).map(({ link }) => link);
    this.#role.send(links, [{ type: 'COMMITANDACTIVATE', zxid, designatedLeader }]);
  }

  #becomeUpToDate(handlers: readonly LearnerHandler[]): void {
    const held = handlers.flatMap((handler) => handler.becomeUpToDate().map((question) => ({ handler, question })));
    const links = handlers.map((handler) => handler.link);
    // The zxid of COMMIT is what this leader committed, not what the learner acknowledged (protocol ambiguity 3).
    this.#role.send(links, [
      { type: 'COMMIT', zxid: this.#role.proposals.lastCommittedZxid },
      {
        type: 'UPTODATE',
        zxid: this.#role.newLeaderZxid as Zxid,
        configuration: formatEnsemble(this.#role.membership.inForce),
      },
    ]);
    this.#syncRounds.votersChanged();
    for (const { handler, question } of held) this.onAsked(handler, question);
  }

  /** By a learner that is up to date. */
  onAsked({ link, sid }: LearnerHandler, question: HeldQuestion): void {
    if (question.type === 'SYNC') return this.#syncRounds.onSync(link, question.syncId);
    this.#role.emit({ type: 'requests', from: question.owner ?? sid, requests: question.requests });
  }
}
