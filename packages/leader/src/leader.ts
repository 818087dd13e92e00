// The leading side of Zab: discovery, synchronization, broadcast. It decides which learners may be obeyed, what each must be sent, and when a
// txn is committed. It leaves the tree, client sessions and request processing to the peer, and bytes on disk and wire to the shell.

import type { LearnerView, LinkId, Logger, QuorumVerifier, ZabState } from '@zebu/interfaces';
import {
  assert,
  type Epoch,
  epochOf,
  formatZxid,
  MAX_COUNTER,
  makeZxid,
  type Millis,
  NO_ZXID,
  type QuorumPacket,
  type ServerId,
  type TxnBytes,
  txnZxid,
  unreachable,
  type Zxid,
} from '@zebu/protocol';
import type { CommittedLog } from './committed-log.ts';
import { Discovery } from './discovery.ts';
import { Broadcast } from './broadcast.ts';
import { LearnerHandler } from './learner-handler.ts';
import { reasonToDrop } from './liveness.ts';
import type { FlushToken, LeaderEffect, LeaderInput } from './messages.ts';
import { SyncBarrier } from './sync-barrier.ts';
import { Synchronizer } from './synchronizer.ts';

export interface LeaderDependencies {
  readonly self: ServerId;
  readonly verifier: QuorumVerifier;
  readonly committedLog: CommittedLog;
  readonly nextFlushToken: () => FlushToken;
  readonly logger: Logger;
}

export interface LeaderOptions {
  readonly tickTimeMs: number;
  /** In ticks. */
  readonly initLimit: number;
  /** In ticks. */
  readonly syncLimit: number;
  readonly configVersion: bigint;
  /** A learner with more bytes queued than this is cut off. */
  readonly maxQueuedBytes: number;
  /** DIFF from disk is preferred to SNAP up to this share of the tree's size (zookeeper.snapshotSizeFactor). */
  readonly snapshotSizeFactor: number;
}

/** This server's state when leading begins, as read from disk after its pending writes were fenced. */
export interface LeaderHistory {
  readonly acceptedEpoch: Epoch;
  readonly currentEpoch: Epoch;
  /** Last zxid of the log. */
  readonly lastLoggedZxid: Zxid;
  /** Last zxid applied to the tree. */
  readonly lastDeliveredZxid: Zxid;
  /** The txns between the two: logged, not known to be committed. They are delivered when this leader is established. */
  readonly tail: readonly TxnBytes[];
}

/** Epochs are unsigned 32-bit integers; the greatest has no successor. */
const MAX_EPOCH = 0xffff_ffff;

type Phase = 'idle' | 'discovery' | 'synchronization' | 'broadcast' | 'ended';

export class Leader {
  readonly #dependencies: LeaderDependencies;
  readonly #options: LeaderOptions;
  readonly #discovery: Discovery;
  readonly #broadcast: Broadcast;
  readonly #synchronizer: Synchronizer;
  readonly #barrier: SyncBarrier;
  readonly #handlers = new Map<LinkId, LearnerHandler>();
  /** A non-voter refuses, and so does a server whose history may not be voted for. */
  readonly #mayLead: boolean;
  #phase: Phase = 'idle';
  #effects: LeaderEffect[] = [];
  #acceptedEpochFlush: FlushToken | undefined;
  #currentEpochFlush: FlushToken | undefined;
  /** Epochs are proposed and synchronization begins only when the promise behind them is durable. */
  #epochDurable = false;
  #deadline: Millis = 0;
  #nextTickAt: Millis = 0;

  constructor(dependencies: LeaderDependencies, options: LeaderOptions, history: LeaderHistory) {
    this.#dependencies = dependencies;
    this.#options = options;
    const { self, verifier, committedLog } = dependencies;
    this.#discovery = new Discovery(self, verifier, history.acceptedEpoch, {
      currentEpoch: history.currentEpoch,
      lastZxid: history.lastLoggedZxid,
    });
    this.#broadcast = new Broadcast(verifier, committedLog, history);
    this.#synchronizer = new Synchronizer(committedLog, this.#broadcast, options, dependencies.logger);
    this.#mayLead = verifier.voters.has(self) && history.lastLoggedZxid >= 0n && history.acceptedEpoch < MAX_EPOCH;
    this.#barrier = new SyncBarrier(self, verifier);
  }

  step(input: LeaderInput, now: Millis): LeaderEffect[] {
    if (this.#phase === 'ended') return [];
    this.#effects = [];
    switch (input.type) {
      case 'start':
        this.#start(now);
        break;
      case 'linkUp':
        this.#onLinkUp(input.link, input.peer, now);
        break;
      case 'linkDown':
        this.#forget(input.link);
        break;
      case 'packets':
        this.#onPackets(input.link, input.packets, now);
        break;
      case 'flushed':
        this.#onFlushed(input.token, now);
        break;
      case 'propose':
        this.#propose(input.txns, now);
        break;
      case 'located':
      case 'logRead':
      case 'logReadFailed':
      case 'snapshotProgress':
      case 'snapshotSent':
        this.#onSynchronizationProgress(input, now);
        break;
      case 'congested':
        this.#onCongested(input.link, input.queuedBytes);
        break;
      case 'sync':
        this.#sync(undefined, input.syncId);
        break;
      case 'revalidated': {
        const { sessionId, timeoutMs, valid } = input;
        if (this.#handlers.has(input.link))
          this.#send(
            [input.link],
            [{ type: 'REVALIDATE', sessionId, timeoutMs, valid, lastProposedZxid: this.#broadcast.lastProposedZxid }],
          );
        break;
      }
      case 'supportLost':
        this.#onSupportLost();
        break;
      case 'tick':
        this.#onTick(input.late, now);
        break;
      default:
        unreachable(input);
    }
    return this.#effects;
  }

  /** When `tick` is next due. */
  nextWakeup(): Millis | undefined {
    return this.#phase === 'idle' || this.#phase === 'ended' ? undefined : this.#nextTickAt;
  }

  /** The zxid of the next proposal; undefined when the epoch's counter is used up and a new epoch is needed. */
  nextZxid(): Zxid | undefined {
    return this.#broadcast.nextZxid();
  }

  /** The end of the log, committed or not. */
  get lastProposedZxid(): Zxid {
    return this.#broadcast.lastProposedZxid;
  }

  /** Zxids that the epoch still has. */
  get remainingZxidCount(): number {
    return MAX_COUNTER - this.#broadcast.proposedCounter;
  }

  /** Logged or proposed, but not delivered: what the next role must carry on. */
  get undelivered(): readonly TxnBytes[] {
    return this.#broadcast.outstanding;
  }

  get epoch(): Epoch | undefined {
    return this.#discovery.epoch;
  }

  get zabState(): ZabState {
    if (this.#phase === 'broadcast') return 'BROADCAST';
    return this.#phase === 'synchronization' ? 'SYNCHRONIZATION' : 'DISCOVERY';
  }

  learnerViews(): LearnerView[] {
    return [...this.#handlers.values()].map((handler) => handler.view());
  }

  // --- Discovery -------------------------------------------------------------------------------------------------------------------------

  #start(now: Millis): void {
    assert(this.#phase === 'idle', 'a leader starts once');
    this.#phase = 'discovery';
    if (!this.#mayLead) return this.#stepDown('this server has no vote, or nothing that may be voted for');
    this.#deadline = now + this.#options.initLimit * this.#options.tickTimeMs;
    this.#nextTickAt = now + this.#tickInterval;
    if (this.#discovery.fixEpoch()) this.#acceptEpoch();
  }

  #onLinkUp(link: LinkId, peer: ServerId, now: Millis): void {
    // Whoever calls itself by our own name must not acknowledge in our name.
    if (peer === this.#dependencies.self) {
      this.#effects.push({ type: 'closeLink', link });
      return;
    }
    // A learner has one connection: a newer one means that the older is dead.
    for (const handler of this.#handlers.values()) if (handler.sid === peer) this.#drop(handler, 'connected anew');
    this.#handlers.set(link, new LearnerHandler(link, peer, this.#dependencies.verifier.voters.has(peer), now));
  }

  #onAnnounced(
    handler: LearnerHandler,
    packet: Extract<QuorumPacket, { type: 'FOLLOWERINFO' | 'OBSERVERINFO' }>,
  ): void {
    const { sid, acceptedEpoch } = packet;
    if (sid !== handler.sid) return this.#drop(handler, `claims to be server ${sid}`);
    if (!Number.isInteger(acceptedEpoch) || acceptedEpoch < 0 || acceptedEpoch >= MAX_EPOCH)
      return this.#drop(handler, `claims to have accepted epoch ${acceptedEpoch}`);
    if (packet.type === 'OBSERVERINFO') handler.voter = false;
    if (packet.configVersion > this.#options.configVersion) return this.#refuse(handler);
    handler.acceptedEpoch = acceptedEpoch;
    handler.needsSnapshot = packet.needsSnapshot;
    handler.phase = 'announced';
    const own = this.#discovery.epoch;
    if (own !== undefined && handler.voter && acceptedEpoch > own) {
      // It promised a later leader and can never follow this one: only a newer epoch takes it back.
      return this.#stepDown(`server ${sid} has accepted epoch ${acceptedEpoch}, above ours, ${own}`);
    }
    if (handler.voter && this.#discovery.announce(sid, acceptedEpoch)) this.#acceptEpoch();
    if (this.#epochDurable) this.#proposeEpoch(handler);
  }

  /** Its configuration is newer: it must not be led by this server. */
  #refuse(handler: LearnerHandler): void {
    if (handler.voter) this.#discovery.refuse(handler.sid);
    this.#drop(handler, 'has a newer configuration than this leader');
    this.#maybeGiveUp();
  }

  /** "When those that are left cannot form a quorum it steps down at once." */
  #maybeGiveUp(): void {
    if (this.#phase === 'discovery' && this.#currentEpochFlush === undefined && this.#discovery.hopeless)
      this.#stepDown('no quorum is left that may accept this leader');
  }

  /** Our own promise is durable before anybody hears of the epoch. */
  #acceptEpoch(): void {
    this.#acceptedEpochFlush = this.#dependencies.nextFlushToken();
    const epoch = this.#discovery.epoch as Epoch;
    this.#effects.push({ type: 'writeAcceptedEpoch', epoch }, { type: 'flush', token: this.#acceptedEpochFlush });
  }

  #proposeEpoch(handler: LearnerHandler): void {
    handler.phase = 'discovery';
    this.#send([handler.link], [{ type: 'LEADERINFO', epoch: this.#discovery.epoch as Epoch }]);
  }

  #onEpochAcknowledged(
    handler: LearnerHandler,
    packet: Extract<QuorumPacket, { type: 'ACKEPOCH' }>,
    now: Millis,
  ): void {
    handler.lastZxid = packet.lastZxid < 0n ? NO_ZXID : packet.lastZxid;
    handler.phase = 'epochAcknowledged';
    if (this.#phase !== 'discovery') {
      this.#synchronize(handler, now);
      return;
    }
    if (this.#currentEpochFlush !== undefined) return;
    if (handler.voter) this.#discovery.acknowledge(handler.sid, packet);
    this.#maybeGiveUp();
    this.#maybeBecomeSynchronizing();
  }

  #maybeBecomeSynchronizing(): void {
    if (this.#phase !== 'discovery' || !this.#discovery.accepted || this.#currentEpochFlush !== undefined) return;
    // The flush behind this token covers the whole history too: with it our own ACK of NEWLEADER counts.
    this.#currentEpochFlush = this.#dependencies.nextFlushToken();
    const epoch = this.#discovery.epoch as Epoch;
    this.#effects.push({ type: 'writeCurrentEpoch', epoch }, { type: 'flush', token: this.#currentEpochFlush });
  }

  // --- Synchronization -------------------------------------------------------------------------------------------------------------------

  #becomeSynchronizing(now: Millis): void {
    this.#phase = 'synchronization';
    this.#deadline = now + this.#options.initLimit * this.#options.tickTimeMs;
    this.#broadcast.acknowledgeNewLeader(this.#dependencies.self);
    for (const handler of this.#handlers.values()) {
      if (handler.phase === 'epochAcknowledged') this.#synchronize(handler, now);
    }
    this.#maybeBecomeEstablished(now);
  }

  #synchronize(handler: LearnerHandler, now: Millis): void {
    handler.progressAt = now;
    this.#effects.push(...this.#synchronizer.begin(handler));
    this.#afterSynchronizationStep(handler);
  }

  #onSynchronizationProgress(
    input: Extract<
      LeaderInput,
      { type: 'located' | 'logRead' | 'logReadFailed' | 'snapshotProgress' | 'snapshotSent' }
    >,
    now: Millis,
  ): void {
    const handler = this.#handlers.get(input.link);
    if (handler?.phase !== 'catchingUp') return;
    // Progress, not elapsed time, satisfies initLimit; only a voter's brings the quorum nearer.
    handler.lastHeardAt = now;
    handler.progressAt = now;
    if (handler.voter) this.#deadline = now + this.#options.initLimit * this.#options.tickTimeMs;
    this.#effects.push(...this.#synchronizer.progress(handler, input));
    this.#afterSynchronizationStep(handler);
  }

  #afterSynchronizationStep(handler: LearnerHandler): void {
    // In one step with the last run of txns, so that nothing falls between it and the first forwarded proposal.
    if (this.#synchronizer.isCaughtUp(handler)) {
      const epoch = this.#discovery.epoch as Epoch;
      this.#send(
        [handler.link],
        [...this.#synchronizer.finish(handler), { type: 'NEWLEADER', zxid: makeZxid(epoch, 0) }],
      );
      this.#unpin(handler);
      handler.phase = 'newLeaderSent';
      this.#dependencies.logger.info('learner synchronized', {
        sid: handler.sid,
        path: handler.syncPath,
        zxid: formatZxid(handler.sentZxid),
      });
    }
    this.#dependencies.committedLog.hold(this.#hasHandlerIn('catchingUp'));
  }

  #onNewLeaderAcknowledged(handler: LearnerHandler, now: Millis): void {
    if (handler.phase !== 'newLeaderSent') return this.#drop(handler, 'acknowledged NEWLEADER out of turn');
    handler.phase = 'synced';
    // What was proposed while it synchronized is to be acknowledged from now on, not since then.
    handler.behindSince = handler.ackedZxid === handler.sentZxid ? undefined : now;
    if (handler.voter) this.#broadcast.acknowledgeNewLeader(handler.sid);
    if (this.#phase !== 'broadcast') return this.#maybeBecomeEstablished(now);
    if (handler.voter) {
      // It may be the one that was missing for proposals it got as history.
      this.#broadcast.acknowledge(handler.sid, handler.ackedZxid);
      this.#maybeCommit();
    }
    this.#becomeUpToDate([handler]);
  }

  #maybeBecomeEstablished(now: Millis): void {
    if (this.#phase !== 'synchronization' || !this.#broadcast.newLeaderQuorum) return;
    this.#phase = 'broadcast';
    const epoch = this.#discovery.epoch as Epoch;
    const tail = this.#broadcast.establish(epoch);
    if (tail.length > 0) this.#effects.push({ type: 'deliver', txns: tail });
    this.#effects.push({ type: 'established', epoch });
    const synced = [...this.#handlers.values()].filter((handler) => handler.phase === 'synced');
    this.#broadcast.acknowledge(this.#dependencies.self, this.#broadcast.lastProposedZxid);
    for (const handler of synced) if (handler.voter) this.#broadcast.acknowledge(handler.sid, handler.ackedZxid);
    this.#becomeUpToDate(synced);
    this.#nextTickAt = now + this.#tickInterval;
  }

  #becomeUpToDate(handlers: readonly LearnerHandler[]): void {
    for (const handler of handlers) handler.phase = 'upToDate';
    const links = handlers.map((handler) => handler.link);
    const epoch = this.#discovery.epoch as Epoch;
    // The zxid of COMMIT is what this leader committed, not what the learner acknowledged (protocol ambiguity 3).
    this.#send(links, [
      { type: 'COMMIT', zxid: this.#broadcast.lastCommittedZxid },
      { type: 'UPTODATE', zxid: makeZxid(epoch, 0) },
    ]);
    this.#barrier.votersChanged();
    this.#answerSyncs();
  }

  // --- Broadcast -------------------------------------------------------------------------------------------------------------------------

  #propose(txns: readonly TxnBytes[], now: Millis): void {
    assert(this.#phase === 'broadcast', 'nothing is proposed before a quorum acknowledged NEWLEADER');
    if (txns.length === 0) return;
    const token = this.#dependencies.nextFlushToken();
    this.#broadcast.propose(txns, token);
    const lastZxid = this.#broadcast.lastProposedZxid;
    const followers: LinkId[] = [];
    for (const handler of this.#handlers.values()) {
      if (!handler.forwarding || !handler.voter) continue;
      handler.sentZxid = lastZxid;
      handler.behindSince ??= now;
      followers.push(handler.link);
    }
    // Sent before it is written here: the followers' flushes and ours overlap. Our own ACK waits for our flush.
    this.#send(followers, [{ type: 'PROPOSAL', txns }]);
    this.#effects.push({ type: 'logTxns', txns }, { type: 'flush', token });
  }

  #onFlushed(token: FlushToken, now: Millis): void {
    if (this.#acceptedEpochFlush !== undefined && token >= this.#acceptedEpochFlush && !this.#epochDurable) {
      this.#epochDurable = true;
      this.#discovery.acknowledgeSelf();
      for (const handler of this.#handlers.values()) if (handler.phase === 'announced') this.#proposeEpoch(handler);
      this.#maybeBecomeSynchronizing();
    }
    if (this.#currentEpochFlush !== undefined && token >= this.#currentEpochFlush && this.#phase === 'discovery') {
      this.#becomeSynchronizing(now);
    }
    const zxid = this.#broadcast.flushed(token);
    if (zxid !== undefined) {
      this.#broadcast.acknowledge(this.#dependencies.self, zxid);
      this.#maybeCommit();
    }
  }

  #onAck(handler: LearnerHandler, zxid: Zxid, now: Millis): void {
    const epoch = this.#discovery.epoch;
    if (epoch !== undefined && zxid === makeZxid(epoch, 0)) return this.#onNewLeaderAcknowledged(handler, now);
    if (!handler.acknowledgedNewLeader) return this.#drop(handler, 'acknowledged a proposal before NEWLEADER');
    if (epochOf(zxid) !== epoch) return this.#drop(handler, `acknowledged ${formatZxid(zxid)}, of another epoch`);
    if (zxid > handler.sentZxid)
      return this.#drop(handler, `acknowledged ${formatZxid(zxid)}, which it was never sent`);
    if (zxid <= handler.ackedZxid) return;
    handler.ackedZxid = zxid;
    handler.behindSince = zxid === handler.sentZxid ? undefined : now;
    if (!handler.voter || this.#phase !== 'broadcast') return;
    this.#broadcast.acknowledge(handler.sid, zxid);
    this.#maybeCommit();
  }

  #maybeCommit(): void {
    const committed = this.#broadcast.commit();
    if (committed.length === 0) return;
    const zxid = txnZxid(committed[committed.length - 1] as TxnBytes);
    const followers: LinkId[] = [];
    const observers: LinkId[] = [];
    for (const handler of this.#handlers.values()) {
      if (!handler.forwarding) continue;
      (handler.voter ? followers : observers).push(handler.link);
      if (!handler.voter) handler.sentZxid = zxid;
    }
    this.#send(followers, [{ type: 'COMMIT', zxid }]);
    this.#send(observers, [{ type: 'INFORM', txns: committed }]);
    this.#effects.push({ type: 'deliver', txns: committed });
    this.#answerSyncs();
  }

  // --- Packets ---------------------------------------------------------------------------------------------------------------------------

  #onPackets(link: LinkId, packets: readonly QuorumPacket[], now: Millis): void {
    for (const packet of packets) {
      const handler = this.#handlers.get(link);
      if (handler === undefined) return;
      // Any packet is a sign of life.
      handler.lastHeardAt = now;
      this.#onPacket(handler, packet, now);
      if ((this.#phase as Phase) === 'ended') return;
    }
  }

  #onPacket(handler: LearnerHandler, packet: QuorumPacket, now: Millis): void {
    switch (packet.type) {
      case 'FOLLOWERINFO':
      case 'OBSERVERINFO':
        if (handler.phase !== 'connected') return this.#drop(handler, 'announced itself twice');
        return this.#onAnnounced(handler, packet);
      case 'ACKEPOCH':
        if (handler.phase !== 'discovery') return this.#drop(handler, 'sent ACKEPOCH out of turn');
        return this.#onEpochAcknowledged(handler, packet, now);
      case 'ACK':
        return this.#onAck(handler, packet.zxid, now);
      case 'PING':
        return this.#onPong(handler, packet);
      case 'REQUEST':
        if (handler.phase !== 'upToDate') return this.#drop(handler, 'sent REQUEST before UPTODATE');
        this.#effects.push({ type: 'requests', from: handler.sid, requests: packet.requests });
        return;
      case 'SYNC':
        if (handler.phase !== 'upToDate') return this.#drop(handler, 'sent SYNC before UPTODATE');
        return this.#sync(handler.link, packet.syncId);
      case 'REVALIDATE':
        if (handler.phase !== 'upToDate') return this.#drop(handler, 'sent REVALIDATE before UPTODATE');
        this.#effects.push({
          type: 'revalidate',
          link: handler.link,
          from: handler.sid,
          sessionId: packet.sessionId,
          timeoutMs: packet.timeoutMs,
        });
        return;
      case 'LEADERINFO':
      case 'DIFF':
      case 'TRUNC':
      case 'SNAP':
      case 'NEWLEADER':
      case 'UPTODATE':
      case 'PROPOSAL':
      case 'COMMIT':
      case 'INFORM':
        return this.#drop(handler, `sent ${packet.type}, which only a leader sends`);
      default:
        unreachable(packet);
    }
  }

  #onPong(handler: LearnerHandler, packet: Extract<QuorumPacket, { type: 'PING' }>): void {
    if (handler.phase !== 'upToDate') return;
    if (packet.sessions.length > 0) this.#effects.push({ type: 'touch', sessions: packet.sessions });
    if (!handler.voter) return;
    this.#barrier.answered(handler.sid, packet.round);
    this.#answerSyncs();
  }

  #sync(link: LinkId | undefined, syncId: number): void {
    this.#barrier.add({ link, syncId }, this.#broadcast.lastProposedZxid);
    this.#answerSyncs();
  }

  #answerSyncs(): void {
    if (this.#phase !== 'broadcast') return;
    this.#answerConfirmedSyncs();
    if (!this.#barrier.needsRound) return;
    this.#askVoters();
    // A quorum of one confirms by itself.
    this.#answerConfirmedSyncs();
  }

  #answerConfirmedSyncs(): void {
    for (const sync of this.#barrier.takeConfirmed(this.#broadcast.lastCommittedZxid)) {
      if (sync.link === undefined) this.#effects.push({ type: 'syncConfirmed', syncId: sync.syncId });
      else this.#send([sync.link], [{ type: 'SYNC', syncId: sync.syncId }]);
    }
  }

  /** A round for waiting syncs goes only to those whose answer counts: there may be thousands a second. */
  #askVoters(): void {
    const handlers = [...this.#handlers.values()].filter((handler) => handler.voter && handler.phase === 'upToDate');
    this.#ping(handlers.map((handler) => handler.link));
  }

  #ping(links: readonly LinkId[]): void {
    this.#send(links, [{ type: 'PING', round: this.#barrier.beginRound(), sessions: [] }]);
  }

  // --- Time ------------------------------------------------------------------------------------------------------------------------------

  /** Two pings a tick, as ZooKeeper does. */
  get #tickInterval(): Millis {
    return this.#options.tickTimeMs / 2;
  }

  #onTick(late: boolean, now: Millis): void {
    if (now < this.#nextTickAt) return;
    this.#nextTickAt = now + this.#tickInterval;
    this.#ping([...this.#handlers.keys()]);
    this.#answerSyncs();
    // What the peers sent meanwhile is not read yet: a late tick judges nobody.
    if (late) return;
    this.#dropSilentLearners(now);
    if (this.#phase === 'broadcast') this.#checkQuorum();
    else if (now >= this.#deadline)
      this.#stepDown(`no quorum followed within initLimit (${this.#options.initLimit} ticks)`);
    else if (this.#phase === 'discovery' && this.#discovery.betterWithNewEpoch(this.#present()))
      this.#stepDown('voters had accepted this epoch before and cannot be counted for it; a higher one will do');
  }

  #dropSilentLearners(now: Millis): void {
    const { initLimit, syncLimit, tickTimeMs } = this.#options;
    const limits = { initLimitMs: initLimit * tickTimeMs, syncLimitMs: syncLimit * tickTimeMs };
    for (const handler of this.#handlers.values()) {
      const reason = reasonToDrop(handler, limits, now);
      if (reason !== undefined) this.#drop(handler, reason);
    }
  }

  #checkQuorum(): void {
    const synced = new Set<ServerId>([this.#dependencies.self]);
    for (const { voter, acknowledgedNewLeader, sid } of this.#handlers.values())
      if (voter && acknowledgedNewLeader) synced.add(sid);
    if (this.#dependencies.verifier.containsQuorum(synced)) return;
    this.#stepDown(`no quorum is synced any more, only servers ${[...synced].join(', ')}`);
  }

  #onSupportLost(): void {
    if (this.#phase === 'broadcast') return;
    if (!this.#dependencies.verifier.containsQuorum(this.#present()))
      this.#stepDown('the voters that elected this leader look for another');
  }

  #present(): Set<ServerId> {
    const present = new Set<ServerId>([this.#dependencies.self]);
    for (const handler of this.#handlers.values()) if (handler.voter) present.add(handler.sid);
    return present;
  }

  #onCongested(link: LinkId, queuedBytes: number): void {
    const handler = this.#handlers.get(link);
    if (handler === undefined || queuedBytes <= this.#options.maxQueuedBytes) return;
    this.#drop(handler, `too slow: ${queuedBytes} bytes are queued for it`);
  }

  // --- Ends ------------------------------------------------------------------------------------------------------------------------------

  #drop(handler: LearnerHandler, reason: string): void {
    this.#dependencies.logger.warn('dropping a learner', { sid: handler.sid, reason });
    this.#effects.push({ type: 'closeLink', link: handler.link });
    this.#forget(handler.link);
  }

  #forget(link: LinkId): void {
    const handler = this.#handlers.get(link);
    if (handler === undefined) return;
    this.#handlers.delete(link);
    this.#barrier.forget(handler.sid, link);
    this.#broadcast.forget(handler.sid);
    this.#unpin(handler);
    this.#dependencies.committedLog.hold(this.#hasHandlerIn('catchingUp'));
    this.#barrier.votersChanged();
    this.#answerSyncs();
  }

  #unpin(handler: LearnerHandler): void {
    if (!handler.pinned) return;
    handler.pinned = false;
    this.#effects.push({ type: 'unpinLog', link: handler.link });
  }

  #stepDown(reason: string): void {
    this.#phase = 'ended';
    for (const handler of this.#handlers.values()) {
      this.#unpin(handler);
      this.#effects.push({ type: 'closeLink', link: handler.link });
    }
    this.#handlers.clear();
    this.#dependencies.committedLog.hold(false);
    this.#effects.push({ type: 'stepDown', reason });
  }

  /** The peer leaves the role for a reason of its own (a failed disk, a shutdown). */
  abandon(reason: string): LeaderEffect[] {
    if (this.#phase === 'ended') return [];
    this.#effects = [];
    this.#stepDown(reason);
    return this.#effects;
  }

  #hasHandlerIn(phase: LearnerHandler['phase']): boolean {
    for (const handler of this.#handlers.values()) if (handler.phase === phase) return true;
    return false;
  }

  #send(links: readonly LinkId[], packets: readonly QuorumPacket[]): void {
    if (links.length > 0 && packets.length > 0) this.#effects.push({ type: 'send', links, packets });
  }
}
