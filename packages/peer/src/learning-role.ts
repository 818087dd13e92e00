// FOLLOWING and OBSERVING: the Learner core, and the way of this server's clients to the leader.

import type { FollowerBean, LearnerView, ObserverBean, ZabState } from '@zebu/interfaces';
import {
  Learner,
  type LearnerEffect,
  type LearnerInput,
  type LearnerMasterAddress,
  type LearnerState,
} from '@zebu/learner';
import {
  type Epoch,
  formatZxid,
  type Millis,
  NO_ZXID,
  type QuorumPacket,
  type ServerId,
  type TxnBytes,
  unreachable,
} from '@zebu/protocol';
import type { Upstream } from './client-service.ts';
import { earliest } from './earliest.ts';
import type { CommonBean } from './management-beans.ts';
import { createMessageTracker, type MessageTracker } from './message-tracker.ts';
import { ObserverService } from './observer-service.ts';
import { DEFAULT_OBSERVER_OPTIONS, type Now } from './options.ts';
import type { Role, RoleContext, RoleInput } from './role.ts';

/** Sessions of observers' clients that are named in one packet. */
const TOUCHED_AT_ONCE = 2048;

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
  /** On a follower, from when it is in sync, where followers serve observers. */
  #observers: ObserverService | undefined;
  /** Whom it dialled last. */
  #master: ServerId;
  /** False: an observer that keeps what it learns in memory. */
  readonly #keepsLog: boolean;
  #truncateTo = NO_ZXID;
  #syncBeganAt: Millis | undefined;
  /** Asked of the leader, not answered. */
  #pendingRevalidationCount = 0;
  /** The last one. */
  #pong: Pong | undefined;
  /** When sessions of observers were named that were not all. */
  #moreTouchedAt: Millis | undefined;

  /** `isToLog`: though the configuration takes this server for an observer, its leader has proposed one that does not. */
  constructor(
    context: RoleContext,
    leader: ServerId,
    state: Omit<LearnerState, 'lastDeliveredZxid'>,
    isToLog: boolean,
  ) {
    this.#context = context;
    this.leaderId = leader;
    const { self, tickTimeMs, initLimit, syncLimit, connectLimit, connectRetryDelayMs } = context.options;
    const { current } = context.membership;
    const observes = current.observes(self) && !isToLog;
    this.state = observes ? 'OBSERVING' : 'FOLLOWING';
    this.#keepsLog = !observes || keepsLogAsObserver(context);
    const { logger } = context.dependencies;
    this.#messageTracker = createMessageTracker(context.options.messageTracker, logger);
    this.#master = leader;
    const nextMaster = (now: Millis): LearnerMasterAddress => {
      const master = context.learnerMasters.next(leader, now);
      this.#master = master.server;
      return master;
    };
    this.#learner = new Learner(
      {
        self,
        leader,
        nextMaster: observes ? nextMaster : undefined,
        nextFlushToken: () => context.nextFlushToken(),
        logger,
      },
      {
        role: observes ? 'observer' : 'follower',
        votes: current.verifier.voters.has(self),
        tickTimeMs,
        initLimit,
        syncLimit,
        connectLimit,
        retryDelayMs: connectRetryDelayMs,
        configVersion: current.inForce.version,
      },
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
    return this.#observers?.observerViews() ?? [];
  }

  /** What this role delivered is in the tree alone. */
  get treeIsAheadOfLog(): boolean {
    return !this.#keepsLog;
  }

  bean(common: CommonBean, electionTimeTakenMs: Millis): FollowerBean | ObserverBean {
    const { inForce } = this.#context.membership.current;
    const learner = {
      ...common,
      quorumAddress: inForce.servers.get(this.leaderId)?.quorumAddress ?? null,
      pendingRevalidationCount: this.#pendingRevalidationCount,
    };
    if (this.state === 'OBSERVING') return { name: 'Observer', ...learner, learnerMaster: this.#master };
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
    return earliest(this.#learner.nextWakeup(), earliest(this.#observers?.nextWakeup(), this.#moreTouchedAt));
  }

  onInput(input: RoleInput, now: Now): void {
    switch (input.type) {
      case 'dialled':
        return this.#step({ type: 'dialled', link: input.link }, now);
      case 'linkUp':
        return this.#onLinkUp(input, now);
      case 'truncated':
        if (input.done) this.#context.membership.onTruncated(this.#truncateTo);
        this.#step(input, now);
        // The tree holds txns that are gone from the log: it is read back before the learner goes on.
        if (this.#learner.needsRestore) this.#context.emit({ type: 'restore' });
        return;
      case 'flushed':
      case 'snapshotReceived':
        return this.#step(input, now);
      case 'packets':
      case 'linkDown':
      case 'snapshotProgress':
      case 'snapshotFailed':
        if (this.#observers?.serves(input.link) === true) return this.#observers.onInput(input, now);
        if (input.type === 'packets') this.#messageTracker?.onReceived(input.link, input.packets, now.wallClock);
        if (input.type === 'linkDown') this.#messageTracker?.onLinkDown(input.link);
        return this.#step(input, now);
      case 'located':
      case 'logRead':
      case 'logReadFailed':
      case 'snapshotSent':
      case 'congested':
        // Answers for an observer, or to a leader that this server is no more.
        return this.#observers?.onInput(input, now);
      default:
        unreachable(input);
    }
  }

  /** Only a leader takes learners, and a follower observers, once it is in sync; they dial again soon, or another server. */
  #onLinkUp(input: Extract<RoleInput, { type: 'linkUp' }>, now: Now): void {
    if (this.#learner.link === input.link) {
      this.#messageTracker?.onLinkUp(input.link, this.#master);
      return this.#step({ type: 'linkUp', link: input.link }, now);
    }
    const isObserver = input.direction === 'incoming' && input.port === 'observerMaster';
    if (!isObserver || this.#observers === undefined)
      return this.#context.emit({ type: 'closeLink', link: input.link });
    this.#observers.onInput(input, now);
  }

  onRestored(now: Now): void {
    this.#step({ type: 'restored' }, now);
  }

  /** Whether it has a vote is settled with the leader at the beginning: so it begins anew, with the same leader. */
  onMembershipChanged(): void {
    if (this.#isInPlace) return;
    this.#context.leave('the configuration gives this server another role', this.leaderId);
  }

  get #isInPlace(): boolean {
    const { membership, options } = this.#context;
    return membership.current.observes(options.self) === (this.state === 'OBSERVING');
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
    this.#observers?.onTick(late, now);
    const hasMore = this.#context.clients.hasMoreTouched || this.#moreTouchedAt !== undefined;
    if (hasMore && this.#pong !== undefined) this.#sendTouched(this.#pong, now);
  }

  end(reason: string): readonly TxnBytes[] {
    this.#observers?.end();
    this.#observers = undefined;
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
      case 'deliver': {
        clients.database.committedLog.add(effect.txns);
        clients.deliver(effect.txns, now);
        this.#context.membership.onDelivered(effect.txns);
        // Behind its own: an observer never shows what the server that it learns at does not.
        const { txns, designatedLeader } = effect;
        return this.#observers?.onCommitted({ type: 'committed', txns, designatedLeader }, now);
      }
      case 'serve':
        return this.#onInSync(effect.epoch, now);
      case 'rolledOver':
        this.#context.dependencies.logger.info('the leader goes on in a new epoch', { epoch: effect.epoch });
        this.#context.established(this.leaderId, effect.epoch, now);
        return this.#observers?.onRolledOver(effect.epoch, now);
      case 'configured':
        return this.#onConfigured(effect.configuration, now);
      case 'abandon':
        // They go with this server, without an election.
        if (effect.successor !== undefined) this.#observers?.onDesignated(effect.successor, now);
        return this.#context.leave(effect.reason, effect.successor);
      case 'syncConfirmed':
        return this.#onSyncConfirmed(effect.syncId, now);
      case 'revalidated':
        if (this.#observers?.onRevalidated(effect, now) === true) return;
        this.#pendingRevalidationCount--;
        return clients.onRevalidated(effect, now);
      case 'pong':
        this.#pong = effect;
        return this.#sendTouched(effect, now);
      case 'installSnapshot':
        this.#context.emit(effect);
        return this.#context.emit({ type: 'restore' });
      case 'logTxns':
        if (this.#keepsLog) this.#context.emit(effect);
        this.#context.membership.onLogged(effect.txns);
        return;
      case 'truncate':
        this.#truncateTo = effect.zxid;
        // There is no log that could be cut back: nothing but a snapshot will do.
        if (!this.#keepsLog) return this.#step({ type: 'truncated', done: false }, now);
        return this.#context.emit(effect);
      case 'writeCurrentEpoch':
        // An epoch on disk must never hide that the txns of its initial history are not there.
        if (this.#keepsLog) this.#context.emit(effect);
        return;
      case 'send':
        return this.#send(effect, now);
      case 'closeLink':
        return this.#closeLink(effect);
      case 'connect':
      case 'writeAcceptedEpoch':
      case 'flush':
      case 'receiveSnapshot':
        return this.#context.emit(effect);
      case 'removeDamageMark':
        return this.#removeDamageMark();
      default:
        unreachable(effect);
    }
  }

  /**
   * What it just learnt may give it another role: it heals in that one, where the leader takes back what it counted of it. A leader makes way for the
   * promises of those who have a vote alone.
   */
  #removeDamageMark(): void {
    const { membership, options } = this.#context;
    const votes = membership.current.verifier.voters.has(options.self);
    if (this.#isInPlace) this.#context.emit({ type: 'removeDamageMark', votes });
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
    const packets: QuorumPacket[] = [{ type: 'PING', round, sessions }];
    const ofObservers = this.#observers?.takeTouchedSessions(TOUCHED_AT_ONCE) ?? [];
    this.#moreTouchedAt = ofObservers.length === TOUCHED_AT_ONCE ? now.time : undefined;
    if (ofObservers.length > 0) packets.push({ type: 'PING', round, sessions: ofObservers });
    this.#send({ type: 'send', links: [link], packets }, now);
  }

  #send(effect: Extract<LearnerEffect, { type: 'send' }>, now: Now): void {
    this.#messageTracker?.onSent(effect.links, effect.packets, now.wallClock);
    this.#context.emit(effect);
  }

  #closeLink(effect: Extract<LearnerEffect, { type: 'closeLink' }>): void {
    this.#messageTracker?.onLinkDown(effect.link);
    this.#context.emit(effect);
  }

  #onSyncConfirmed(number: number, now: Now): void {
    const syncId = this.#observers === undefined ? number : this.#observers.onSyncConfirmed(number, now);
    if (syncId !== undefined) this.#context.clients.onSyncConfirmed(syncId, now);
  }

  #onInSync(epoch: Epoch, now: Now): void {
    this.#context.dependencies.logger.info(`${this.state}: in sync with the leader`, {
      leader: this.leaderId,
      at: this.#master,
      epoch,
    });
    this.#context.established(this.leaderId, epoch, now);
    if (this.#syncBeganAt !== undefined) this.#context.syncTimes.add(this.state, now.time - this.#syncBeganAt);
    this.#context.learnerMasters.onServed(this.#master);
    const { observers = DEFAULT_OBSERVER_OPTIONS } = this.#context.options;
    if (observers.masters && this.state === 'FOLLOWING')
      this.#observers = new ObserverService(this.#context, epoch, (question, at) => this.#step(question, at), now);
    this.#context.clients.start(this.#upstream, now, { epoch, takesSnapshots: this.#keepsLog });
  }

  readonly #upstream: Upstream = {
    submit: (requests, now) => this.#step({ type: 'request', requests }, now),
    sync: (syncId, now) => this.#step({ type: 'sync', syncId: this.#observers?.numberOfOwn(syncId) ?? syncId }, now),
    revalidate: (sessionId, timeoutMs, now) => {
      this.#observers?.onOwnRevalidation(sessionId);
      this.#pendingRevalidationCount++;
      this.#step({ type: 'revalidate', sessionId, timeoutMs }, now);
    },
  };
}

const keepsLogAsObserver = ({ options }: RoleContext): boolean =>
  (options.observers ?? DEFAULT_OBSERVER_OPTIONS).keepsLog;
