// A server of an ensemble (ZooKeeper's QuorumPeer): LOOKING, FOLLOWING, LEADING or OBSERVING. It composes the cores and carries from role to
// role what must survive: the epochs, the log's end, the tree, and the logged txns not known to be committed.

import type { Election, ElectionEffect, LinkId, ManagementView, ZabState } from '@zebu/interfaces';
import { type FlushToken, Leader, type LeaderEffect, type LeaderInput } from '@zebu/leader';
import { Learner, type LearnerEffect, type LearnerInput } from '@zebu/learner';
import {
  type Epoch,
  firstTxnAfter,
  formatZxid,
  type ForwardedRequest,
  type Millis,
  NO_ZXID,
  ZERO_ZXID,
  type ServerId,
  type ServerState,
  type SessionId,
  type TxnBytes,
  txnZxid,
  unreachable,
  type Vote,
  type Zxid,
} from '@zebu/protocol';
import { ClientService, type Upstream } from './client-service.ts';
import type { DurableState, PeerEffect, PeerInput } from './messages.ts';
import type { Now, PeerOptions, QuorumDependencies, QuorumOptions } from './options.ts';
import type { Peer } from './peer.ts';
import { SessionService } from './session-service.ts';
import { StallGuard } from './stall-guard.ts';

export function createQuorumPeer(
  options: PeerOptions & QuorumOptions,
  dependencies: QuorumDependencies,
  now: Now,
): Peer {
  return new QuorumPeer(options, dependencies, now);
}

class QuorumPeer implements Peer {
  readonly #options: PeerOptions & QuorumOptions;
  readonly #dependencies: QuorumDependencies;
  readonly #election: Election;
  readonly #guard: StallGuard;
  readonly #clients: ClientService;
  #effects: PeerEffect[] = [];
  #state: ServerState = 'LOOKING';
  #leaderId: ServerId | undefined;
  #leader: Leader | undefined;
  #sessions: SessionService | undefined;
  #learner: Learner | undefined;
  /** What the disk held when the last role ended; undefined until the first restore. */
  #durable: DurableState | undefined;
  /** Logged behind the tree's last txn, not known to be committed. */
  #tail: readonly TxnBytes[] = [];
  /** No election while a fence or a restore is under way. */
  #settling = true;
  /** Why the role is to be left once this step's effects are complete: what the leader committed in it is still delivered. */
  #leaving: string | undefined;
  #flushCount = 0;
  #upcomingZxid = NO_ZXID;
  #proposalCount = 0;

  constructor(options: PeerOptions & QuorumOptions, dependencies: QuorumDependencies, now: Now) {
    this.#options = options;
    this.#dependencies = dependencies;
    const { self, ensemble, verifier } = options;
    const { random, logger } = dependencies;
    this.#election = dependencies.createElection({ self, ensemble, verifier, random, logger });
    this.#guard = new StallGuard(options.tickTimeMs / 2);
    const { commitLogCount, commitLogBytes, configuration } = options;
    this.#clients = new ClientService(
      options,
      {
        committedLog: { maxEntryCount: commitLogCount, maxBytes: commitLogBytes },
        configuration: { data: configuration, version: ensemble.version },
      },
      dependencies,
      (effect) => this.#effects.push(effect),
      now,
    );
  }

  get serving(): boolean {
    return this.#clients.serving;
  }

  step(input: PeerInput, now: Now): PeerEffect[] {
    this.#effects = [];
    const { time, late } = this.#guard.observe(now.time, this.#wakeup());
    const moment = { time, wallClock: now.wallClock };
    this.#onInput(input, moment, late);
    if (this.#leaving !== undefined) this.#becomeLooking(this.#leaving, moment);
    this.#leaving = undefined;
    return this.#effects;
  }

  nextWakeup(): Millis | undefined {
    const wakeup = this.#wakeup();
    return wakeup === undefined ? undefined : this.#guard.toRealTime(wakeup);
  }

  view(): ManagementView {
    return {
      ...this.#clients.view(),
      standalone: false,
      state: this.#state,
      zabState: this.#zabState(),
      leader: this.#leaderId,
      epoch: this.#leader?.epoch ?? this.#learner?.epoch ?? this.#durable?.currentEpoch ?? (0 as Epoch),
      learners: this.#leader?.learnerViews() ?? [],
      proposalCount: this.#proposalCount,
    };
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
        return this.#clients.onRestore(input);
      case 'restored':
        return this.#onRestored(input, now);
      case 'fenced':
        return this.#onFenced(input, now);
      case 'storageFailed':
        return this.#becomeLooking(`a write to disk failed: ${input.reason}`, now);
      case 'snapshotTaken':
        return this.#clients.onSnapshotTaken(input.zxid, input.done);
      case 'notification':
      case 'electionLinkUp':
      case 'electionLinkDown':
        return this.#onElection(input, now);
      case 'dialled':
        return this.#onDialled(input.link, input.to, now);
      case 'linkUp':
        return this.#onLinkUp(input, now);
      case 'clientConnected':
      case 'clientFrames':
      case 'clientDisconnected':
        return this.#clients.onClient(input, now);
      case 'tick':
        return this.#onTick(late, now);
      case 'flushed':
      case 'packets':
      case 'linkDown':
      case 'snapshotProgress':
        return this.#toRole(input, now);
      case 'located':
        return this.#toLeader({ ...input, snapshotBytes: this.#clients.database.tree.approximateDataBytes }, now);
      case 'logRead':
      case 'logReadFailed':
      case 'snapshotSent':
      case 'congested':
        return this.#toLeader(input, now);
      case 'truncated':
        return this.#onTruncated(input.done, now);
      case 'snapshotReceived':
        return this.#toLearner(input, now);
      case 'snapshotFailed':
        return this.#leader === undefined
          ? this.#toLearner(input, now)
          : this.#toLeader({ type: 'linkDown', link: input.link }, now);
      default:
        unreachable(input);
    }
  }

  // --- LOOKING ---------------------------------------------------------------------------------------------------------------------------

  #onRestored(durable: DurableState, now: Now): void {
    this.#durable = durable;
    this.#tail = [];
    this.#clients.onRestored(now);
    if (this.#learner !== undefined) return this.#toLearner({ type: 'restored' }, now);
    if (this.#settling) this.#look(now);
  }

  /** Leaves whatever role there is. Pending writes are fenced first; only then is the log's end read and voted with (ZOOKEEPER-4712). */
  #becomeLooking(reason: string, now: Now): void {
    if (this.#settling) return;
    this.#dependencies.logger.warn('leaving the role to elect anew', { state: this.#state, reason });
    this.#settling = true;
    this.#clients.stop(now);
    const { leader, learner } = { leader: this.#leader, learner: this.#learner };
    this.#leader = undefined;
    this.#learner = undefined;
    this.#sessions = undefined;
    this.#leaderId = undefined;
    this.#tail = leader?.undelivered ?? learner?.undelivered ?? this.#tail;
    for (const effect of [...(leader?.abandon(reason) ?? []), ...(learner?.abandon(reason) ?? [])]) {
      if (effect.type === 'closeLink' || effect.type === 'unpinLog') this.#effects.push(effect);
    }
    this.#enter('LOOKING', now);
    this.#effects.push({ type: 'fence' });
  }

  /** The disk is the truth (ZOOKEEPER-2845): the tree is kept only if its last txn lies on the log that is left. */
  #onFenced(durable: DurableState, now: Now): void {
    if (!this.#settling) return;
    this.#durable = durable;
    const { lastLoggedZxid } = durable;
    this.#tail = this.#tail.slice(0, firstTxnAfter(this.#tail, lastLoggedZxid));
    const last = this.#tail[this.#tail.length - 1];
    const end = last === undefined ? this.#clients.lastProcessedZxid : txnZxid(last);
    if (end === lastLoggedZxid || (lastLoggedZxid === NO_ZXID && end === 0n)) return this.#look(now);
    this.#dependencies.logger.info('reading the tree back from disk', {
      memory: formatZxid(end),
      disk: formatZxid(lastLoggedZxid),
    });
    this.#effects.push({ type: 'restore' });
  }

  #look(now: Now): void {
    this.#settling = false;
    const { lastLoggedZxid, currentEpoch } = this.#durable as DurableState;
    const vote: Vote = { leader: this.#options.self, zxid: lastLoggedZxid, peerEpoch: currentEpoch };
    this.#dependencies.logger.info('LOOKING', { zxid: formatZxid(lastLoggedZxid), epoch: currentEpoch });
    this.#performElection(this.#election.step({ type: 'look', vote }, now.time), now);
  }

  #onElection(
    input: Extract<PeerInput, { type: 'notification' | 'electionLinkUp' | 'electionLinkDown' }>,
    now: Now,
  ): void {
    switch (input.type) {
      case 'notification':
        return this.#performElection(this.#election.step(input, now.time), now);
      case 'electionLinkUp':
        return this.#performElection(this.#election.step({ type: 'linkUp', peer: input.peer }, now.time), now);
      case 'electionLinkDown':
        return this.#performElection(this.#election.step({ type: 'linkDown', peer: input.peer }, now.time), now);
      default:
        unreachable(input);
    }
  }

  #performElection(effects: readonly ElectionEffect[], now: Now): void {
    for (const effect of effects) {
      if (effect.type === 'send')
        this.#effects.push({ type: 'sendNotification', to: effect.to, notification: effect.notification });
      else if (effect.type === 'elected') this.#onElected(effect, now);
      else this.#toLeader({ type: 'supportLost' }, now);
    }
  }

  /** Elections are advice: whom to try. Discovery decides. */
  #onElected(elected: Extract<ElectionEffect, { type: 'elected' }>, now: Now): void {
    if (this.#state !== 'LOOKING' || this.#settling) return;
    const { self, verifier } = this.#options;
    const { leader } = elected.vote;
    if (elected.state === 'LEADING') {
      // A non-voter refuses LEADING, and so does a server without a history that may be voted for.
      if (verifier.weightOf(self) === 0 || this.#durable?.lastLoggedZxid === NO_ZXID) return this.#look(now);
      return this.#becomeLeading(now);
    }
    if (leader === self || !this.#options.ensemble.servers.has(leader)) return this.#look(now);
    this.#becomeLearning(leader, now);
  }

  // --- LEADING ---------------------------------------------------------------------------------------------------------------------------

  #becomeLeading(now: Now): void {
    const { self, verifier, ensemble, tickTimeMs, initLimit, syncLimit, maxQueuedBytes, snapshotSizeFactor } =
      this.#options;
    const { lastLoggedZxid, acceptedEpoch, currentEpoch } = this.#durable as DurableState;
    this.#leaderId = self;
    const lastDeliveredZxid = this.#clients.lastProcessedZxid;
    this.#leader = new Leader(
      {
        self,
        verifier,
        committedLog: this.#clients.database.committedLog,
        nextFlushToken: () => this.#nextFlushToken(),
        logger: this.#dependencies.logger,
      },
      { tickTimeMs, initLimit, syncLimit, configVersion: ensemble.version, maxQueuedBytes, snapshotSizeFactor },
      { acceptedEpoch, currentEpoch, lastLoggedZxid, lastDeliveredZxid, tail: this.#tail },
    );
    this.#enter('LEADING', now);
    this.#toLeader({ type: 'start' }, now);
  }

  #toLeader(input: LeaderInput, now: Now): void {
    const leader = this.#leader;
    if (leader === undefined) return;
    for (const effect of leader.step(input, now.time)) {
      if (this.#leader !== leader) return;
      this.#onLeaderEffect(effect, now);
    }
  }

  #onLeaderEffect(effect: LeaderEffect, now: Now): void {
    switch (effect.type) {
      case 'deliver':
        this.#clients.deliver(effect.txns, now);
        this.#sessions?.onApplied(this.#clients.lastProcessedZxid);
        return;
      case 'established':
        return this.#onEstablished(effect.epoch, now);
      case 'stepDown':
        return this.#becomeLooking(effect.reason, now);
      case 'requests':
        return this.#order(effect.requests, effect.from, now);
      case 'revalidate': {
        const { link, from, sessionId, timeoutMs } = effect;
        const valid = this.#sessions?.revalidate(sessionId, timeoutMs, from, now.time) ?? false;
        return this.#toLeader({ type: 'revalidated', link, sessionId, timeoutMs, valid }, now);
      }
      case 'touch':
        this.#sessions?.touch(effect.sessions, now.time);
        return;
      case 'syncConfirmed':
        return this.#clients.onSyncConfirmed(effect.syncId, now);
      case 'sendSnapshot':
        this.#effects.push({
          type: 'sendSnapshot',
          link: effect.link,
          cursor: this.#clients.database.tree.openSnapshot(),
        });
        return;
      case 'send':
      case 'closeLink':
      case 'logTxns':
      case 'writeAcceptedEpoch':
      case 'writeCurrentEpoch':
      case 'flush':
      case 'locate':
      case 'readLog':
      case 'pinLog':
      case 'unpinLog':
        this.#effects.push(effect);
        return;
      default:
        unreachable(effect);
    }
  }

  #onEstablished(epoch: Epoch, now: Now): void {
    const { self, tickTimeMs, leaderServes } = this.#options;
    this.#dependencies.logger.info('LEADING: established by a quorum', { epoch });
    const nextZxid = (): Zxid => this.#takeZxid();
    this.#sessions = new SessionService(this.#clients.database.tree, { tickTimeMs, nextZxid }, now.time);
    this.#performElection(this.#election.step({ type: 'leaderEstablished', leader: self, epoch }, now.time), now);
    if (leaderServes) this.#clients.start(this.#leaderUpstream);
  }

  readonly #leaderUpstream: Upstream = {
    submit: (requests, now) => this.#order(requests, this.#options.self, now),
    sync: (syncId, now) => this.#toLeader({ type: 'sync', syncId }, now),
    revalidate: (sessionId: SessionId, timeoutMs: number, now: Now) => {
      const valid = this.#sessions?.revalidate(sessionId, timeoutMs, this.#options.self, now.time) ?? false;
      const lastProposedZxid = this.#leader?.lastProposedZxid ?? ZERO_ZXID;
      this.#clients.onRevalidated({ sessionId, timeoutMs, valid, lastProposedZxid }, now);
    },
  };

  /** prep -> propose. */
  #order(requests: readonly ForwardedRequest[], owner: ServerId, now: Now): void {
    if (this.#leader === undefined || this.#sessions === undefined || requests.length === 0) return;
    const next = this.#leader.nextZxid();
    if (next === undefined || this.#leader.remainingZxidCount < requests.length) {
      this.#leaving = 'the zxids of this epoch are used up';
      return;
    }
    this.#upcomingZxid = next;
    const txns = this.#sessions.prepare(requests, owner, now.time, now.wallClock);
    this.#proposalCount += txns.length;
    this.#toLeader({ type: 'propose', txns }, now);
  }

  #takeZxid(): Zxid {
    const zxid = this.#upcomingZxid;
    this.#upcomingZxid = (zxid + 1n) as Zxid;
    return zxid;
  }

  // --- FOLLOWING, OBSERVING --------------------------------------------------------------------------------------------------------------

  #becomeLearning(leader: ServerId, now: Now): void {
    const { self, verifier, ensemble, tickTimeMs, initLimit, syncLimit } = this.#options;
    const { lastLoggedZxid, acceptedEpoch, currentEpoch } = this.#durable as DurableState;
    const role = verifier.weightOf(self) > 0 ? 'follower' : 'observer';
    this.#leaderId = leader;
    this.#learner = new Learner(
      { self, leader, nextFlushToken: () => this.#nextFlushToken(), logger: this.#dependencies.logger },
      { role, tickTimeMs, initLimit, syncLimit, configVersion: ensemble.version },
      {
        acceptedEpoch,
        currentEpoch,
        lastDeliveredZxid: this.#clients.lastProcessedZxid,
        tail: this.#tail,
        hasHistory: lastLoggedZxid !== NO_ZXID,
      },
    );
    this.#enter(role === 'follower' ? 'FOLLOWING' : 'OBSERVING', now);
    this.#toLearner({ type: 'start' }, now);
  }

  #toLearner(input: LearnerInput, now: Now): void {
    const learner = this.#learner;
    if (learner === undefined) return;
    for (const effect of learner.step(input, now.time)) {
      if (this.#learner !== learner) return;
      this.#onLearnerEffect(effect, now);
    }
  }

  #onLearnerEffect(effect: LearnerEffect, now: Now): void {
    switch (effect.type) {
      case 'deliver':
        this.#clients.database.committedLog.add(effect.txns);
        return this.#clients.deliver(effect.txns, now);
      case 'serve':
        return this.#onInSync(effect.epoch, now);
      case 'abandon':
        return this.#becomeLooking(effect.reason, now);
      case 'syncConfirmed':
        return this.#clients.onSyncConfirmed(effect.syncId, now);
      case 'revalidated':
        return this.#clients.onRevalidated(effect, now);
      case 'pong': {
        const sessions = this.#clients.takeTouchedSessions();
        this.#effects.push({
          type: 'send',
          links: [effect.link],
          packets: [{ type: 'PING', round: effect.round, sessions }],
        });
        return;
      }
      case 'installSnapshot':
        this.#effects.push(effect, { type: 'restore' });
        return;
      case 'connect':
      case 'send':
      case 'closeLink':
      case 'logTxns':
      case 'writeAcceptedEpoch':
      case 'writeCurrentEpoch':
      case 'flush':
      case 'truncate':
      case 'receiveSnapshot':
        this.#effects.push(effect);
        return;
      default:
        unreachable(effect);
    }
  }

  #onTruncated(done: boolean, now: Now): void {
    // The tree holds txns that are gone from the log: it is read back before the learner goes on.
    const learner = this.#learner;
    if (learner === undefined) return;
    this.#toLearner({ type: 'truncated', done }, now);
    if (this.#learner === learner && learner.needsRestore) this.#effects.push({ type: 'restore' });
  }

  #onInSync(epoch: Epoch, now: Now): void {
    this.#dependencies.logger.info(`${this.#state}: in sync with the leader`, { leader: this.#leaderId, epoch });
    this.#performElection(
      this.#election.step({ type: 'leaderEstablished', leader: this.#leaderId as ServerId, epoch }, now.time),
      now,
    );
    this.#clients.start(this.#learnerUpstream);
  }

  readonly #learnerUpstream: Upstream = {
    submit: (requests, now) => this.#toLearner({ type: 'request', requests }, now),
    sync: (syncId, now) => this.#toLearner({ type: 'sync', syncId }, now),
    revalidate: (sessionId, timeoutMs, now) => this.#toLearner({ type: 'revalidate', sessionId, timeoutMs }, now),
  };

  // --- Links and time --------------------------------------------------------------------------------------------------------------------

  #onDialled(link: LinkId, to: ServerId, now: Now): void {
    if (this.#learner === undefined || to !== this.#leaderId) this.#effects.push({ type: 'closeLink', link });
    else this.#toLearner({ type: 'dialled', link }, now);
  }

  #onLinkUp(input: Extract<PeerInput, { type: 'linkUp' }>, now: Now): void {
    const { link, peer } = input;
    if (input.direction === 'outgoing' && this.#learner?.link === link) this.#toLearner({ type: 'linkUp', link }, now);
    // Only a leader takes learners; they dial again soon.
    else if (input.direction === 'incoming' && this.#leader !== undefined)
      this.#toLeader({ type: 'linkUp', link, peer }, now);
    else this.#effects.push({ type: 'closeLink', link });
  }

  #toRole(
    input: Extract<PeerInput, { type: 'flushed' | 'packets' | 'linkDown' | 'snapshotProgress' }>,
    now: Now,
  ): void {
    if (this.#leader === undefined) this.#toLearner(input, now);
    else this.#toLeader(input, now);
  }

  #onTick(late: boolean, now: Now): void {
    this.#performElection(this.#election.step({ type: 'tick' }, now.time), now);
    this.#toLeader({ type: 'tick', late }, now);
    this.#toLearner({ type: 'tick', late }, now);
    if (this.#sessions === undefined) return;
    this.#sessions.touch(this.#clients.takeTouchedSessions(), now.time);
    if (!late) this.#order(this.#sessions.expired(now.time), this.#options.self, now);
  }

  /** In the cores' time. */
  #wakeup(): Millis | undefined {
    const times = [
      this.#election.nextWakeup(),
      this.#leader?.nextWakeup(),
      this.#learner?.nextWakeup(),
      this.#sessions?.nextExpiry(),
    ];
    let earliest: Millis | undefined;
    for (const time of times) if (time !== undefined && (earliest === undefined || time < earliest)) earliest = time;
    return earliest;
  }

  #enter(state: ServerState, now: Now): void {
    this.#state = state;
    if (state !== 'LOOKING') this.#dependencies.logger.info(state, { leader: this.#leaderId });
    this.#performElection(this.#election.step({ type: 'roleChanged', state }, now.time), now);
  }

  #nextFlushToken(): FlushToken {
    this.#flushCount++;
    return this.#flushCount as FlushToken;
  }

  #zabState(): ZabState {
    return this.#leader?.zabState ?? this.#learner?.zabState ?? 'ELECTION';
  }
}
