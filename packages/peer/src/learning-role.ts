// FOLLOWING and OBSERVING: the Learner core, and the way of this server's clients to the leader.

import type { FollowerBean, LearnerView, ObserverBean, ZabState } from '@zebu/interfaces';
import { Learner, type LearnerEffect, type LearnerInput, type LearnerState } from '@zebu/learner';
import {
  type Epoch,
  formatZxid,
  type Millis,
  NO_ZXID,
  type ServerId,
  type TxnBytes,
  unreachable,
} from '@zebu/protocol';
import type { Upstream } from './client-service.ts';
import type { CommonBean } from './management-beans.ts';
import { createMessageTracker, type MessageTracker } from './message-tracker.ts';
import type { Now } from './options.ts';
import type { Role, RoleContext, RoleInput } from './role.ts';

type Pong = Extract<LearnerEffect, { type: 'pong' }>;

export class LearningRole implements Role {
  readonly state: 'FOLLOWING' | 'OBSERVING';
  readonly leaderId: ServerId;
  /** Only a leader proposes. */
  readonly proposalCount = 0;
  readonly proposalSizes = undefined;
  readonly pendingSyncCount = 0;
  readonly #context: RoleContext;
  readonly #learner: Learner;
  readonly #messageTracker: MessageTracker | undefined;
  #truncateTo = NO_ZXID;
  #syncBeganAt: Millis | undefined;
  /** Asked of the leader, not answered. */
  #pendingRevalidationCount = 0;
  /** The last one. */
  #pong: Pong | undefined;

  constructor(context: RoleContext, leader: ServerId, state: Omit<LearnerState, 'lastDeliveredZxid'>) {
    this.#context = context;
    this.leaderId = leader;
    const { self, tickTimeMs, initLimit, syncLimit } = context.options;
    const { inForce } = context.membership.current;
    const observes = context.membership.current.observes(self);
    this.state = observes ? 'OBSERVING' : 'FOLLOWING';
    const { logger } = context.dependencies;
    this.#messageTracker = createMessageTracker(context.options.messageTracker, logger);
    this.#learner = new Learner(
      { self, leader, nextFlushToken: () => context.nextFlushToken(), logger },
      { role: observes ? 'observer' : 'follower', tickTimeMs, initLimit, syncLimit, configVersion: inForce.version },
      { ...state, lastDeliveredZxid: context.clients.lastProcessedZxid },
    );
  }

  start(now: Now): void {
    this.#step({ type: 'start' }, now);
  }

  get epoch(): Epoch | undefined {
    return this.#learner.epoch;
  }

  get zabState(): ZabState {
    return this.#learner.zabState;
  }

  learnerViews(): LearnerView[] {
    return [];
  }

  bean(common: CommonBean, electionTimeTakenMs: Millis): FollowerBean | ObserverBean {
    const { inForce } = this.#context.membership.current;
    const learner = {
      ...common,
      quorumAddress: inForce.servers.get(this.leaderId)?.quorumAddress ?? null,
      pendingRevalidationCount: this.#pendingRevalidationCount,
    };
    if (this.state === 'OBSERVING') return { name: 'Observer', ...learner, learnerMaster: this.leaderId };
    const lastQueuedZxid = formatZxid(this.#learner.lastLoggedZxid);
    return { name: 'Follower', ...learner, lastQueuedZxid, electionTimeTakenMs };
  }

  /** The leader judges sessions. */
  readonly expiredSessionCount = 0;

  sessionDump(): undefined {}

  resetStatistics(): void {
    // What a learner counts, it counts for its clients: that is the ClientService's.
  }

  nextWakeup(): Millis | undefined {
    return this.#learner.nextWakeup();
  }

  onInput(input: RoleInput, now: Now): void {
    switch (input.type) {
      case 'dialled':
        if (input.to !== this.leaderId) return this.#context.emit({ type: 'closeLink', link: input.link });
        return this.#step({ type: 'dialled', link: input.link }, now);
      case 'linkUp':
        // Only a leader takes learners; they dial again soon.
        if (this.#learner.link !== input.link) return this.#context.emit({ type: 'closeLink', link: input.link });
        this.#messageTracker?.onLinkUp(input.link, this.leaderId);
        return this.#step({ type: 'linkUp', link: input.link }, now);
      case 'truncated':
        if (input.done) this.#context.membership.onTruncated(this.#truncateTo);
        this.#step(input, now);
        // The tree holds txns that are gone from the log: it is read back before the learner goes on.
        if (this.#learner.needsRestore) this.#context.emit({ type: 'restore' });
        return;
      case 'packets':
        this.#messageTracker?.onReceived(input.link, input.packets, now.wallClock);
        return this.#step(input, now);
      case 'linkDown':
        this.#messageTracker?.onLinkDown(input.link);
        return this.#step(input, now);
      case 'flushed':
      case 'snapshotProgress':
      case 'snapshotReceived':
      case 'snapshotFailed':
        return this.#step(input, now);
      case 'located':
      case 'logRead':
      case 'logReadFailed':
      case 'snapshotSent':
      case 'congested':
        // Answers to a leader that this server is no more.
        return;
      default:
        unreachable(input);
    }
  }

  onRestored(now: Now): void {
    this.#step({ type: 'restored' }, now);
  }

  /** Whether it has a vote is settled with the leader at the beginning: so it begins anew, with the same leader. */
  onMembershipChanged(): void {
    const { membership, options } = this.#context;
    if (membership.current.observes(options.self) === (this.state === 'OBSERVING')) return;
    this.#context.leave('the configuration gives this server another role', this.leaderId);
  }

  onOracle(): void {
    // Whoever follows does not go on alone.
  }

  onSupportLost(): void {
    // Only a leader has support to lose.
  }

  readonly handsOver = false;

  transfer(): void {
    const reason = `this server does not lead, server ${this.leaderId} does`;
    this.#context.emit({ type: 'transferEnded', outcome: { ok: false, reason } });
  }

  onTick(late: boolean, now: Now): void {
    this.#step({ type: 'tick', late }, now);
    if (this.#context.clients.hasMoreTouched && this.#pong !== undefined) this.#sendTouched(this.#pong, now);
  }

  end(reason: string): readonly TxnBytes[] {
    const { undelivered } = this.#learner;
    for (const effect of this.#learner.abandon(reason)) if (effect.type === 'closeLink') this.#closeLink(effect);
    return undelivered;
  }

  #step(input: LearnerInput, now: Now): void {
    const effects = this.#learner.step(input, now.time);
    if (this.#syncBeganAt === undefined && this.zabState === 'SYNCHRONIZATION') this.#syncBeganAt = now.time;
    for (const effect of effects) this.#perform(effect, now);
  }

  #perform(effect: LearnerEffect, now: Now): void {
    const { clients } = this.#context;
    switch (effect.type) {
      case 'deliver':
        clients.database.committedLog.add(effect.txns);
        clients.deliver(effect.txns, now);
        return this.#context.membership.onDelivered(effect.txns);
      case 'serve':
        return this.#onInSync(effect.epoch, now);
      case 'configured':
        return this.#onConfigured(effect.configuration, now);
      case 'abandon':
        return this.#context.leave(effect.reason, effect.successor);
      case 'syncConfirmed':
        return clients.onSyncConfirmed(effect.syncId, now);
      case 'revalidated':
        this.#pendingRevalidationCount--;
        return clients.onRevalidated(effect, now);
      case 'pong':
        this.#pong = effect;
        return this.#sendTouched(effect, now);
      case 'installSnapshot':
        this.#context.emit(effect);
        return this.#context.emit({ type: 'restore' });
      case 'logTxns':
        this.#context.emit(effect);
        this.#context.membership.onLogged(effect.txns);
        return;
      case 'truncate':
        this.#truncateTo = effect.zxid;
        return this.#context.emit(effect);
      case 'send':
        return this.#send(effect, now);
      case 'closeLink':
        return this.#closeLink(effect);
      case 'connect':
      case 'writeAcceptedEpoch':
      case 'writeCurrentEpoch':
      case 'flush':
      case 'receiveSnapshot':
        return this.#context.emit(effect);
      default:
        unreachable(effect);
    }
  }

  /** Beside what the log says: the leader may know of a configuration that no txn brought. */
  #onConfigured(configuration: string, now: Now): void {
    const { membership, clients } = this.#context;
    membership.onInForce(configuration);
    clients.database.showConfiguration(membership.current.inForce, now.wallClock);
  }

  /** A part of the sessions that were heard from; the others follow in packets of their own, which answer the same PING. */
  #sendTouched({ link, round }: Pong, now: Now): void {
    const sessions = this.#context.clients.takeTouchedSessions(now.time);
    this.#send({ type: 'send', links: [link], packets: [{ type: 'PING', round, sessions }] }, now);
  }

  #send(effect: Extract<LearnerEffect, { type: 'send' }>, now: Now): void {
    this.#messageTracker?.onSent(effect.links, effect.packets, now.wallClock);
    this.#context.emit(effect);
  }

  #closeLink(effect: Extract<LearnerEffect, { type: 'closeLink' }>): void {
    this.#messageTracker?.onLinkDown(effect.link);
    this.#context.emit(effect);
  }

  #onInSync(epoch: Epoch, now: Now): void {
    this.#context.dependencies.logger.info(`${this.state}: in sync with the leader`, { leader: this.leaderId, epoch });
    this.#context.established(this.leaderId, epoch, now);
    if (this.#syncBeganAt !== undefined) this.#context.syncTimes.add(this.state, now.time - this.#syncBeganAt);
    this.#context.clients.start(this.#upstream, now, epoch);
  }

  readonly #upstream: Upstream = {
    submit: (requests, now) => this.#step({ type: 'request', requests }, now),
    sync: (syncId, now) => this.#step({ type: 'sync', syncId }, now),
    revalidate: (sessionId, timeoutMs, now) => {
      this.#pendingRevalidationCount++;
      this.#step({ type: 'revalidate', sessionId, timeoutMs }, now);
    },
  };
}
