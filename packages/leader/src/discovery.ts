// Discovery (Zab phase 1): learners announce themselves, are told the epoch, and acknowledge it with their history. Here is what is asked of
// them, and what must be durable when; whom that counts for is the tally's to say.

import type { FlushToken } from '@zebu/interfaces';
import { assert, type Epoch, MAX_EPOCH, type Millis, type QuorumPacket } from '@zebu/protocol';
import type { LeaderRole } from './leader-role.ts';
import type { LearnerHandler } from './learner-handler.ts';
import type { Learners } from './learners.ts';
import type { LeaderHistory } from './setup.ts';

export class Discovery {
  readonly #role: LeaderRole;
  readonly #learners: Learners;
  /** A non-voter refuses, and so does a server whose history may not be voted for. */
  readonly #mayLead: boolean;
  #acceptedEpochFlush: FlushToken | undefined;
  #currentEpochFlush: FlushToken | undefined;
  /** Epochs are proposed and synchronization begins only when the promise behind them is durable. */
  #epochDurable = false;

  constructor(role: LeaderRole, learners: Learners, history: LeaderHistory) {
    this.#role = role;
    this.#learners = learners;
    const { self, membership } = role.dependencies;
    this.#mayLead =
      membership.verifier.weightOf(self) > 0 && history.lastLoggedZxid >= 0n && history.acceptedEpoch < MAX_EPOCH;
  }

  start(designated: boolean, now: Millis): void {
    assert(this.#role.phase === 'idle', 'a leader starts once');
    this.#role.phase = 'discovery';
    this.#role.startedAt = now;
    if (!this.#mayLead) return this.#role.stepDown('this server has no vote, or nothing that may be voted for');
    if (designated) this.#role.expectLearnersSoon(now);
    else this.#role.extendDeadline(now);
    this.#role.scheduleTick(now);
    if (this.#role.epochTally.fixEpoch()) this.#acceptEpoch();
  }

  /** For a new epoch of a leader that leads: its learners follow it in `epoch`, which is what they have accepted. */
  beginAnew(epoch: Epoch): void {
    this.#acceptedEpochFlush = undefined;
    this.#currentEpochFlush = undefined;
    this.#epochDurable = false;
    const { epochTally, handlers } = this.#role;
    let fixed = epochTally.fixEpoch();
    for (const { voter, sid } of handlers.values()) if (voter && epochTally.announce(sid, epoch)) fixed = true;
    if (fixed) this.#acceptEpoch();
  }

  onAnnounced(handler: LearnerHandler, packet: Extract<QuorumPacket, { type: 'FOLLOWERINFO' | 'OBSERVERINFO' }>): void {
    const { sid, acceptedEpoch } = packet;
    if (sid !== handler.sid) return this.#learners.drop(handler, `claims to be server ${sid}`);
    if (!Number.isInteger(acceptedEpoch) || acceptedEpoch < 0 || acceptedEpoch >= MAX_EPOCH)
      return this.#learners.drop(handler, `claims to have accepted epoch ${acceptedEpoch}`);
    // Its own configuration may be older or newer; ours says whether it counts.
    handler.observes = packet.type === 'OBSERVERINFO';
    if (packet.configVersion > this.#role.membership.newestVersion) return this.#refuse(handler);
    handler.acceptedEpoch = acceptedEpoch;
    handler.needsSnapshot = packet.needsSnapshot;
    handler.phase = 'announced';
    if (packet.damaged) return this.#admitDamaged(handler, acceptedEpoch);
    this.#admit(handler, acceptedEpoch);
  }

  /** A learner answered LEADERINFO while no quorum has done so yet. */
  onEpochAcknowledged(handler: LearnerHandler, packet: Extract<QuorumPacket, { type: 'ACKEPOCH' }>): void {
    if (this.#currentEpochFlush !== undefined) return;
    if (handler.voter) this.#role.epochTally.acknowledge(handler.sid, packet);
    this.#maybeGiveUp();
    this.#maybeWriteCurrentEpoch();
  }

  /** True when that made currentEpoch durable: discovery is over. */
  onFlushed(token: FlushToken): boolean {
    if (this.#acceptedEpochFlush !== undefined && token >= this.#acceptedEpochFlush && !this.#epochDurable)
      this.#onAcceptedEpochDurable();
    const currentEpochDurable = this.#currentEpochFlush !== undefined && token >= this.#currentEpochFlush;
    return currentEpochDurable && this.#role.phase === 'discovery';
  }

  #admit(handler: LearnerHandler, acceptedEpoch: Epoch): void {
    if (handler.voter && this.#role.makesWayFor(handler)) return;
    if (handler.voter && this.#role.epochTally.announce(handler.sid, acceptedEpoch)) this.#acceptEpoch();
    if (this.#epochDurable) this.#proposeEpoch(handler);
  }

  /** It is given everything, like any other, and counts for nothing: what it acknowledged before, it may have lost. */
  #admitDamaged(handler: LearnerHandler, acceptedEpoch: Epoch): void {
    const { epochTally, dependencies } = this.#role;
    const votes = handler.voter;
    handler.damaged = true;
    handler.voter = false;
    dependencies.logger.warn('a learner is damaged: it is healed, and not counted', { sid: handler.sid });
    if (votes) {
      epochTally.hear(acceptedEpoch);
      if (this.#role.makesWayFor(handler)) return;
      epochTally.refuse(handler.sid);
      this.#maybeGiveUp();
    }
    if (this.#epochDurable && !this.#role.ended) this.#proposeEpoch(handler);
  }

  /** Its configuration is newer: it must not be led by this server. */
  #refuse(handler: LearnerHandler): void {
    if (handler.voter) this.#role.epochTally.refuse(handler.sid);
    this.#learners.drop(handler, 'has a newer configuration than this leader');
    this.#maybeGiveUp();
  }

  /** "When those that are left cannot form a quorum it steps down at once." */
  #maybeGiveUp(): void {
    const undecided = this.#role.phase === 'discovery' && this.#currentEpochFlush === undefined;
    if (undecided && this.#role.epochTally.hopeless)
      this.#role.stepDown('no quorum is left that may accept this leader');
  }

  /** Our own promise is durable before anybody hears of the epoch. */
  #acceptEpoch(): void {
    this.#acceptedEpochFlush = this.#role.dependencies.nextFlushToken();
    const epoch = this.#role.epoch as Epoch;
    this.#role.emit({ type: 'writeAcceptedEpoch', epoch }, { type: 'flush', token: this.#acceptedEpochFlush });
  }

  #onAcceptedEpochDurable(): void {
    this.#epochDurable = true;
    this.#role.epochTally.acknowledgeSelf();
    for (const handler of this.#role.handlersIn('announced')) this.#proposeEpoch(handler);
    this.#maybeWriteCurrentEpoch();
  }

  #proposeEpoch(handler: LearnerHandler): void {
    handler.phase = 'discovery';
    this.#role.send([handler.link], [{ type: 'LEADERINFO', epoch: this.#role.epoch as Epoch }]);
  }

  #maybeWriteCurrentEpoch(): void {
    const { phase, epochTally, dependencies } = this.#role;
    if (phase !== 'discovery' || !epochTally.accepted || this.#currentEpochFlush !== undefined) return;
    // The flush behind this token covers the whole history too: with it our own ACK of NEWLEADER counts.
    this.#currentEpochFlush = dependencies.nextFlushToken();
    const epoch = epochTally.epoch as Epoch;
    this.#role.emit({ type: 'writeCurrentEpoch', epoch }, { type: 'flush', token: this.#currentEpochFlush });
  }
}
