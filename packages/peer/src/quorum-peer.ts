// A server of an ensemble (ZooKeeper's QuorumPeer): LOOKING, FOLLOWING, LEADING or OBSERVING. It carries from role to role what must survive:
// the epochs, the log's end, the tree, and the logged txns not known to be committed.

import type {
  Election,
  ElectionEffect,
  ManagementBeans,
  ManagementView,
  ServerBean,
  TransferOutcome,
} from '@zebu/interfaces';
import {
  type Epoch,
  epochOf,
  firstTxnAfter,
  formatZxid,
  type Millis,
  type Notification,
  NO_ZXID,
  type ServerId,
  type ServerState,
  type TxnBytes,
  txnZxid,
  unreachable,
  type Vote,
  ZERO_ZXID,
  type Zxid,
} from '@zebu/protocol';
import { AbsentQuorum } from './absent-quorum.ts';
import { Candidacy } from './candidacy.ts';
import { ClientService, type RestoreInput } from './client-service.ts';
import type { DatabaseOptions } from './database.ts';
import { earliest } from './earliest.ts';
import { ElectionRecord } from './election-record.ts';
import { LeadingRole } from './leading-role.ts';
import { LearnerMasters } from './learner-masters.ts';
import { LearningRole } from './learning-role.ts';
import { ensembleOfTree } from './ensemble-record.ts';
import { type BeanSource, commonBean, quorumBeans, servingSince } from './management-beans.ts';
import { MembershipKeeper } from './membership-keeper.ts';
import type { DurableState, FlushToken, PeerEffect, PeerInput } from './messages.ts';
import {
  DEFAULT_OBSERVER_OPTIONS,
  type Now,
  type PeerOptions,
  type QuorumDependencies,
  type QuorumOptions,
} from './options.ts';
import type { Peer } from './peer.ts';
import { ReadOnlyMode } from './read-only-mode.ts';
import type { Role, RoleContext, TransferRequest } from './role.ts';
import { StallGuard } from './stall-guard.ts';
import { SyncTimes } from './sync-times.ts';

export function createQuorumPeer(
  options: PeerOptions & QuorumOptions,
  dependencies: QuorumDependencies,
  now: Now,
): Peer {
  return new QuorumPeer(options, dependencies, now);
}

interface Leaving {
  readonly reason: string;
  readonly successor: ServerId | undefined;
}

class QuorumPeer implements Peer {
  readonly #options: PeerOptions & QuorumOptions;
  readonly #dependencies: QuorumDependencies;
  readonly #membership: MembershipKeeper;
  readonly #election: Election;
  readonly #guard: StallGuard;
  readonly #clients: ClientService;
  /** Undefined: without a quorum nobody is served. */
  readonly #readOnlyMode: ReadOnlyMode | undefined;
  readonly #absentQuorum: AbsentQuorum;
  readonly #candidacy: Candidacy;
  readonly #context: RoleContext;
  readonly #electionRecord = new ElectionRecord();
  readonly #syncTimes = new SyncTimes();
  readonly #startedAt: Now;
  #roleBegan: Now | undefined;
  #effects: PeerEffect[] = [];
  /** Undefined while LOOKING. */
  #role: Role | undefined;
  /** Between two roles: what is awaited of the disk before there is an election. */
  #settling: 'fence' | 'restore' | undefined = 'restore';
  /** What the disk held when the last role ended; undefined until the first restore. */
  #durable: DurableState | undefined;
  /** Logged behind the tree's last txn, not known to be committed. */
  #tail: readonly TxnBytes[] = [];
  #leaving: Leaving | undefined;
  /** Whom to try as the leader before there is an election. */
  #successor: ServerId | undefined;
  /** Of the step being made. */
  #now: Now;
  /** After an election that was refused: a module that always gives that answer costs time, never a busy loop. An observer waits by chance. */
  #lookAgainAt: Millis | undefined;
  /** What an observer that keeps no log delivered: the tree is ahead of the disk. */
  #treeIsAhead = false;
  /** Such an observer was proposed a configuration in which it votes: it learns as a follower now, and logs that. */
  #isToLog = false;
  #flushCount = 0;

  constructor(options: PeerOptions & QuorumOptions, dependencies: QuorumDependencies, now: Now) {
    this.#options = options;
    this.#dependencies = dependencies;
    const { self, ensemble, prep } = options;
    const { random, logger } = dependencies;
    const emit = (effect: PeerEffect): void => void this.#effects.push(effect);
    this.#now = now;
    this.#startedAt = now;
    this.#membership = new MembershipKeeper(
      {
        self,
        configured: ensemble,
        reconfigEnabled: prep.reconfigEnabled,
        oracle: options.oracle === true,
        logger,
        emit,
      },
      () => this.#onMembershipChanged(),
    );
    const verifier = this.#membership.electing;
    this.#election = dependencies.createElection({ self, ensemble, verifier, random, logger });
    this.#guard = new StallGuard(options.tickTimeMs / 2);
    this.#clients = new ClientService(options, databaseOptions(options), dependencies, emit, now);
    this.#readOnlyMode =
      options.readOnlyMode === true ? new ReadOnlyMode(this.#clients, options.tickTimeMs) : undefined;
    this.#absentQuorum = new AbsentQuorum(logger);
    this.#candidacy = new Candidacy(self, options.initLimit * options.tickTimeMs, random);
    this.#context = {
      options,
      dependencies,
      membership: this.#membership,
      clients: this.#clients,
      syncTimes: this.#syncTimes,
      learnerMasters: new LearnerMasters({
        self,
        membership: this.#membership,
        options: options.observers ?? DEFAULT_OBSERVER_OPTIONS,
        initLimitMs: options.initLimit * options.tickTimeMs,
        random,
      }),
      nextFlushToken: () => ++this.#flushCount as FlushToken,
      emit,
      established: (leader, epoch, at) => {
        this.#candidacy.onEstablished();
        this.#electionRecord.onEstablished(epoch);
        this.#elect({ type: 'leaderEstablished', leader, epoch }, at);
      },
      leave: (reason, successor) => {
        this.#leaving ??= { reason, successor };
      },
    };
  }

  get serving(): boolean {
    return this.#clients.serving;
  }

  step(input: PeerInput, now: Now): PeerEffect[] {
    this.#effects = [];
    const { time, late } = this.#guard.observe(now.time, this.#wakeup());
    const moment = { time, wallClock: now.wallClock };
    this.#now = moment;
    this.#onInput(input, moment, late);
    if (this.#leaving !== undefined) this.#becomeLooking(this.#leaving, moment);
    return this.#effects;
  }

  nextWakeup(): Millis | undefined {
    const wakeup = this.#wakeup();
    return wakeup === undefined ? undefined : this.#guard.toRealTime(wakeup);
  }

  view(): ManagementView {
    const role = this.#role;
    const clients = this.#clients.view();
    const { sessionDump } = clients;
    // Not a spread: with so many properties it takes fifty times as long.
    return Object.assign(clients, {
      standalone: false,
      state: role?.state ?? 'LOOKING',
      zabState: role?.zabState ?? 'ELECTION',
      leader: role?.leaderId,
      epoch: role?.epoch ?? this.#durable?.currentEpoch ?? (0 as Epoch),
      learners: role?.learnerViews() ?? [],
      proposalCount: role?.proposalCount ?? 0,
      proposalSizes: role?.proposalSizes,
      pendingSyncCount: role?.pendingSyncCount ?? 0,
      sessionDump: () => ({ ...sessionDump(), ...role?.sessionDump() }),
      beans: () => this.#beans(),
      metrics: () => this.#metrics(),
    });
  }

  #beans(): ManagementBeans {
    const { tickTimeMs } = this.#options;
    const { currentVote, lookingSince } = this.#electionRecord;
    const [role, now] = [this.#role, this.#now];
    const source = { options: this.#options, clients: this.#clients.view(), tree: this.#clients.database.tree, now };
    const leadingSince = role?.state === 'LEADING' ? this.#roleBegan?.time : undefined;
    return quorumBeans({
      ...source,
      inForce: this.#membership.current.inForce,
      state: role?.state ?? 'LOOKING',
      zabState: role?.zabState ?? 'ELECTION',
      tick: leadingSince === undefined ? 0 : Math.floor((now.time - leadingSince) / tickTimeMs),
      leader: role?.leaderId,
      startedAt: this.#startedAt.wallClock,
      vote: currentVote,
      lookingSince,
      server: this.#serverBean(source),
    });
  }

  /** ZooKeeper registers that of a role when the role begins, that of a read-only server when it serves. */
  #serverBean(source: BeanSource): ServerBean | undefined {
    if (source.clients.readOnly) return { name: 'ReadOnlyServer', ...commonBean(source, servingSince(source)) };
    const [role, began] = [this.#role, this.#roleBegan];
    if (role === undefined || began === undefined) return undefined;
    return role.bean(commonBean(source, began.wallClock), this.#electionRecord.timeTakenMs);
  }

  *#metrics(): Iterable<readonly [name: string, value: number]> {
    yield* this.#clients.metrics(this.#role?.expiredSessionCount ?? 0);
    yield* this.#electionRecord.metrics();
    yield* this.#syncTimes.metrics();
  }

  #onInput(input: PeerInput, now: Now, late: boolean): void {
    switch (input.type) {
      case 'start':
        this.#effects.push({ type: 'restore' });
        return;
      case 'restoreBegin':
      case 'restoreChunk':
      case 'restoreSnapshotEnd':
      case 'restoreTxns':
        return this.#onRestore(input);
      case 'restored':
        return this.#onRestored(input, now);
      case 'fenced':
        return this.#onFenced(input, now);
      case 'storageFailed':
        return this.#context.leave(`a write to disk failed: ${input.reason}`);
      case 'snapshotTaken':
        return this.#clients.onSnapshotTaken(input.zxid, input.done);
      case 'notification':
        return this.#onNotification(input, now);
      case 'oracle':
        this.#membership.onOracle(input.grants);
        return this.#role?.onOracle(now);
      case 'electionLinkUp':
        return this.#elect({ type: 'linkUp', peer: input.peer }, now);
      case 'electionLinkDown':
        return this.#elect({ type: 'linkDown', peer: input.peer }, now);
      case 'clientConnected':
      case 'clientFrames':
      case 'clientDrained':
      case 'clientDisconnected':
        return this.#clients.onClient(input, now);
      case 'transferLeadership':
        return this.#onTransfer(input, now);
      case 'resetStatistics':
        this.#role?.resetStatistics();
        return this.#clients.resetStatistics();
      case 'resetConnectionStatistics':
        return this.#clients.resetConnectionStatistics();
      case 'tick':
        this.#maybeLookAgain(now);
        this.#elect({ type: 'tick' }, now);
        this.#readOnlyMode?.onTick(late, now);
        this.#clients.onTick(late, now);
        return this.#role?.onTick(late, now);
      case 'dialled':
      case 'linkUp':
        if (this.#role !== undefined) return this.#role.onInput(input, now);
        this.#effects.push({ type: 'closeLink', link: input.link });
        return;
      case 'flushed':
      case 'packets':
      case 'linkDown':
      case 'snapshotProgress':
      case 'snapshotSent':
      case 'snapshotReceived':
      case 'snapshotFailed':
      case 'congested':
      case 'located':
      case 'logRead':
      case 'logReadFailed':
      case 'truncated':
        return this.#role?.onInput(input, now);
      default:
        unreachable(input);
    }
  }

  #onTransfer(request: TransferRequest, now: Now): void {
    if (this.#role !== undefined) return this.#role.transfer(request, now);
    this.#endTransfer({ ok: false, reason: 'this server does not lead, it looks for a leader' });
  }

  #endTransfer(outcome: TransferOutcome): void {
    this.#effects.push({ type: 'transferEnded', outcome });
  }

  // --- Between two roles -----------------------------------------------------------------------------------------------------------------

  /** Leaves the role. Pending writes are fenced first; only then is the log's end read and voted with (ZOOKEEPER-4712). */
  #becomeLooking({ reason, successor }: Leaving, now: Now): void {
    this.#leaving = undefined;
    if (this.#settling !== undefined) return;
    this.#successor = successor;
    this.#dependencies.logger.warn('leaving the role to elect anew', { state: this.#role?.state ?? 'LOOKING', reason });
    this.#readOnlyMode?.end(now);
    this.#clients.stop(now);
    if (this.#role?.handsOver === true)
      this.#endTransfer(successor === undefined ? { ok: false, reason } : { ok: true, successor });
    this.#tail = this.#role?.end(reason) ?? this.#tail;
    if (this.#role !== undefined) {
      this.#treeIsAhead = this.#role.treeIsAheadOfLog;
      this.#candidacy.onRoleEnded();
    }
    if (this.#role?.state === 'OBSERVING' && successor === undefined) this.#waitToLook(now);
    this.#role = undefined;
    this.#roleBegan = undefined;
    this.#settling = 'fence';
    this.#elect({ type: 'roleChanged', state: 'LOOKING' }, now);
    this.#effects.push({ type: 'fence' });
  }

  /** The disk is the truth (ZOOKEEPER-2845): the tree is kept only if its last txn lies on the log that is left. */
  #onFenced(durable: DurableState, now: Now): void {
    this.#durable = durable;
    const { lastLoggedZxid } = durable;
    if (this.#treeIsAhead) {
      // All that it holds is committed, and the next role goes on from there if it is an observer's too.
      this.#tail = [];
      return this.#look(now);
    }
    this.#membership.onTruncated(lastLoggedZxid);
    this.#tail = this.#tail.slice(0, firstTxnAfter(this.#tail, lastLoggedZxid));
    const last = this.#tail[this.#tail.length - 1];
    const end = last === undefined ? this.#clients.lastProcessedZxid : txnZxid(last);
    if (end === lastLoggedZxid || (lastLoggedZxid === NO_ZXID && end === ZERO_ZXID)) return this.#look(now);
    this.#restore(end, lastLoggedZxid);
  }

  #restore(memory: Zxid, disk: Zxid): void {
    const { logger } = this.#dependencies;
    logger.info('reading the tree back from disk', { memory: formatZxid(memory), disk: formatZxid(disk) });
    this.#treeIsAhead = false;
    this.#settling = 'restore';
    this.#effects.push({ type: 'restore' });
  }

  /** The tree and the log behind it say which configurations there were. */
  #onRestore(input: RestoreInput): void {
    if (input.type === 'restoreBegin') this.#membership.beginRestore();
    if (input.type === 'restoreTxns') this.#membership.onRestoredTxns(input.txns);
    this.#clients.onRestore(input);
    if (input.type === 'restoreSnapshotEnd')
      this.#membership.onRestoredSnapshot(ensembleOfTree(this.#clients.database.tree));
  }

  #showConfiguration(now: Now): void {
    this.#clients.database.showConfiguration(this.#membership.current.inForce, now.wallClock);
  }

  #onRestored(durable: DurableState, now: Now): void {
    const foundDamaged = durable.damaged && this.#durable?.damaged !== true;
    this.#durable = durable;
    this.#tail = [];
    this.#clients.onRestored(now);
    this.#membership.endRestore(durable.lastLoggedZxid);
    this.#showConfiguration(now);
    if (this.#settling === 'restore') return this.#look(now);
    // What was read back is not what the role wrote.
    if (foundDamaged) return this.#context.leave('the history proved damaged');
    // A learner asked for it, and goes on; if it has ended meanwhile, the fence is next.
    this.#role?.onRestored(now);
  }

  /** A fleet of observers does not ask the voters all at once, in the midst of their election (Observer.waitForObserverElectionDelay). */
  #waitToLook(now: Now): void {
    const { electionDelayMs } = this.#options.observers ?? DEFAULT_OBSERVER_OPTIONS;
    if (electionDelayMs > 0) this.#lookAgainAt = now.time + this.#dependencies.random.below(electionDelayMs);
  }

  #maybeLookAgain(now: Now): void {
    const dueAt = this.#lookDueAt;
    if (dueAt === undefined || now.time < dueAt) return;
    this.#candidacy.maybeTakeTurns(now.time);
    this.#look(now);
  }

  #look(now: Now): void {
    this.#settling = undefined;
    // The tick is still to come.
    if (this.#lookAgainAt !== undefined && now.time < this.#lookAgainAt) return;
    this.#lookAgainAt = undefined;
    const successor = this.#successor;
    this.#successor = undefined;
    // Its voters were told the same: an election would only cost time.
    if (successor !== undefined && this.#tryLeader(successor, now, true)) return;
    const { lastLoggedZxid, currentEpoch, damaged } = this.#durable as DurableState;
    const { self } = this.#options;
    const zxid = this.#hasHistory ? lastLoggedZxid : NO_ZXID;
    const vote: Vote = { leader: self, zxid, peerEpoch: currentEpoch };
    this.#dependencies.logger.info('LOOKING', { zxid: formatZxid(zxid), epoch: currentEpoch });
    this.#electionRecord.onLooking(vote, now);
    this.#absentQuorum.onLooking(self, this.#hasHistory, this.#membership.current);
    this.#candidacy.onLooking(vote, this.#membership.current, now.time);
    if (this.#membership.current.pending !== undefined) this.#tellElection(now);
    // What is left of a damaged tree is not what was written.
    if (!damaged) this.#readOnlyMode?.onLooking(now);
    this.#elect({ type: 'look', vote }, now);
  }

  // --- Election --------------------------------------------------------------------------------------------------------------------------

  #elect(input: Parameters<Election['step']>[0], now: Now): void {
    for (const effect of this.#election.step(input, now.time)) {
      if (effect.type === 'send') this.#sendNotification(effect);
      else if (effect.type === 'elected') this.#onElected(effect, now);
      else this.#role?.onSupportLost(now);
    }
  }

  #sendNotification({ to, notification }: Extract<ElectionEffect, { type: 'send' }>): void {
    this.#electionRecord.onVote(notification.vote);
    this.#effects.push({ type: 'sendNotification', to, notification: this.#membership.inform(to, notification) });
  }

  /** Whoever looks for a leader may learn from others that the ensemble is not what it was (FastLeaderElection's WorkerReceiver). */
  #onNotification(input: Extract<PeerInput, { type: 'notification' }>, now: Now): void {
    const { from, notification } = input;
    this.#membership.onNotification(from, notification);
    this.#candidacy.onNotification(notification, this.#membership.current);
    if (this.#role === undefined) this.#absentQuorum.onNotification(from, notification, this.#membership.current);
    if (notification.configuration !== undefined && this.#role === undefined) {
      this.#membership.onInForce(notification.configuration);
      if (this.#settling === undefined) this.#showConfiguration(now);
    }
    this.#elect(input, now);
    this.#maybeFollow(from, notification, now);
  }

  /**
   * Others went on in a later epoch, without the reconfig that ends this server's log, or knowing that it is committed. Their leader is followed at
   * its own word: a quorum of a configuration that came to nothing would never speak for it. Discovery decides, as always.
   */
  #maybeFollow(from: ServerId, { state, vote }: Notification, now: Now): void {
    const { pending } = this.#membership.current;
    if (this.#role !== undefined || this.#settling !== undefined || pending === undefined) return;
    const isLater = vote.peerEpoch > epochOf(pending.version as Zxid);
    if (state === 'LEADING' && vote.leader === from && isLater) this.#tryLeader(from, now);
  }

  #onMembershipChanged(): void {
    this.#tellElection(this.#now);
    this.#role?.onMembershipChanged();
  }

  /** Whom to ask, and who may lead. */
  #tellElection(now: Now): void {
    const { current, electing } = this.#membership;
    const verifier = this.#candidacy.verifierFor(current, electing);
    this.#elect({ type: 'configurationChanged', ensemble: current.everybody, verifier }, now);
  }

  /** Elections are advice: whom to try. Discovery decides. */
  #onElected(elected: Extract<ElectionEffect, { type: 'elected' }>, now: Now): void {
    if (this.#role !== undefined || this.#settling !== undefined) return;
    const { leader } = elected.vote;
    this.#electionRecord.onVote(elected.vote);
    const agrees = (elected.state === 'LEADING') === (leader === this.#options.self);
    if (!agrees || !this.#tryLeader(leader, now)) this.#refuse(elected, now);
  }

  /** False when that cannot be: a non-voter refuses LEADING, and so does a server without a history that may be voted for. */
  #tryLeader(leader: ServerId, now: Now, designated = false): boolean {
    const { self } = this.#options;
    const { verifier, everybody } = this.#membership.current;
    const { lastLoggedZxid, acceptedEpoch, currentEpoch, damaged } = this.#durable as DurableState;
    const hasHistory = this.#hasHistory;
    if (this.#treeIsAhead && !this.#observesWithoutLog) {
      // It votes now, or logs: only what the disk holds may be voted with. What gives it the vote is not there, so that is remembered.
      this.#successor = leader;
      this.#isToLog = true;
      this.#restore(this.#clients.lastProcessedZxid, lastLoggedZxid);
      return true;
    }
    const tail = this.#tail;
    if (leader === self) {
      if (verifier.weightOf(self) === 0 || !hasHistory) return false;
      const history = { acceptedEpoch, currentEpoch, lastLoggedZxid, tail };
      this.#enter(new LeadingRole(this.#context, history, designated), now);
      return true;
    }
    if (!everybody.servers.has(leader)) return false;
    const isToLog = this.#isToLog;
    this.#isToLog = false;
    const state = { acceptedEpoch, currentEpoch, tail, hasHistory, damaged };
    this.#enter(new LearningRole(this.#context, leader, state, isToLog), now);
    return true;
  }

  get #observesWithoutLog(): boolean {
    const { self, observers = DEFAULT_OBSERVER_OPTIONS } = this.#options;
    return !observers.keepsLog && this.#membership.current.observes(self);
  }

  /** That may be voted with. */
  get #hasHistory(): boolean {
    const { lastLoggedZxid, damaged } = this.#durable as DurableState;
    return lastLoggedZxid !== NO_ZXID && !damaged;
  }

  #refuse(elected: Extract<ElectionEffect, { type: 'elected' }>, now: Now): void {
    const { leader } = elected.vote;
    this.#dependencies.logger.warn('refusing an election that cannot stand', { leader, state: elected.state });
    this.#lookAgainAt = now.time + this.#options.tickTimeMs;
  }

  #enter(role: LeadingRole | LearningRole, now: Now): void {
    this.#readOnlyMode?.end(now);
    this.#absentQuorum.onRole();
    this.#role = role;
    this.#lookAgainAt = undefined;
    this.#candidacy.onRole();
    this.#roleBegan = now;
    const { lastLoggedZxid, currentEpoch } = this.#durable as DurableState;
    const { leaderId } = role;
    this.#electionRecord.onRole({ leader: leaderId, zxid: lastLoggedZxid, peerEpoch: currentEpoch }, now);
    const state: ServerState = role.state;
    const electionTookMs = this.#electionRecord.timeTakenMs;
    this.#dependencies.logger.info(state, { leader: leaderId, electionTookMs });
    this.#elect({ type: 'roleChanged', state }, now);
    role.start(now);
  }

  /** The disk is waited for first, however long that takes. */
  get #lookDueAt(): Millis | undefined {
    return this.#settling === undefined ? earliest(this.#lookAgainAt, this.#candidacy.nextWakeup()) : undefined;
  }

  /** In the cores' time. */
  #wakeup(): Millis | undefined {
    const lookingWakeup = earliest(this.#lookDueAt, this.#readOnlyMode?.nextWakeup());
    const ownWakeup = earliest(lookingWakeup, this.#clients.nextWakeup());
    return earliest(this.#election.nextWakeup(), earliest(this.#role?.nextWakeup(), ownWakeup));
  }
}

const databaseOptions = (options: PeerOptions & QuorumOptions): DatabaseOptions => {
  const { commitLogCount, commitLogBytes, prep } = options;
  return {
    tree: { emulate353TtlNodes: prep.emulate353TtlNodes, comparesDigests: prep.digestEnabled },
    committedLog: { maxEntryCount: commitLogCount, maxBytes: commitLogBytes },
  };
};
