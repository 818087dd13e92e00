// The leading side of Zab: discovery, synchronization, broadcast. It decides which learners may be obeyed, what each must be sent, and when a
// txn is committed. It leaves the tree, client sessions and request processing to the peer, and bytes on disk and wire to the shell.
// Here inputs and packets are handed to the phase that decides on them.

import type { FlushToken, LearnerView, LinkId, QuorumVerifier, ZabState } from '@zebu/interfaces';
import type { Membership } from '@zebu/quorum';
import {
  type Epoch,
  type Millis,
  type QuorumPacket,
  type ServerId,
  type TxnBytes,
  unreachable,
  type Zxid,
} from '@zebu/protocol';
import { Broadcast } from './broadcast.ts';
import { Discovery } from './discovery.ts';
import { LeaderRole } from './leader-role.ts';
import type { LearnerHandler } from './learner-handler.ts';
import { Learners } from './learners.ts';
import type { LeaderEffect, LeaderInput } from './messages.ts';
import type { LeaderDependencies, LeaderHistory, LeaderOptions } from './setup.ts';
import { Reconfiguration } from './reconfiguration.ts';
import { Rollover } from './rollover.ts';
import { Supervision } from './supervision.ts';
import { SyncRounds } from './sync-rounds.ts';
import { Synchronization } from './synchronization.ts';
import { Transfer } from './transfer.ts';

export class Leader {
  readonly #role: LeaderRole;
  readonly #syncRounds: SyncRounds;
  readonly #learners: Learners;
  readonly #discovery: Discovery;
  readonly #reconfiguration: Reconfiguration;
  readonly #broadcast: Broadcast;
  readonly #synchronization: Synchronization;
  readonly #supervision: Supervision;
  readonly #transfer: Transfer;
  readonly #rollover: Rollover;

  constructor(dependencies: LeaderDependencies, options: LeaderOptions, history: LeaderHistory) {
    this.#role = new LeaderRole(dependencies, options, history);
    this.#syncRounds = new SyncRounds(this.#role);
    this.#learners = new Learners(this.#role, this.#syncRounds);
    this.#discovery = new Discovery(this.#role, this.#learners, history);
    this.#reconfiguration = new Reconfiguration(this.#role, this.#syncRounds);
    this.#broadcast = new Broadcast(this.#role, this.#learners, this.#syncRounds, this.#reconfiguration);
    this.#synchronization = new Synchronization(this.#role, {
      learners: this.#learners,
      syncRounds: this.#syncRounds,
      broadcast: this.#broadcast,
      reconfiguration: this.#reconfiguration,
    });
    this.#supervision = new Supervision(this.#role, this.#learners);
    this.#transfer = new Transfer(this.#role, this.#reconfiguration);
    this.#rollover = new Rollover(this.#role, this.#learners, this.#discovery);
  }

  step(input: LeaderInput, now: Millis): LeaderEffect[] {
    if (this.#role.ended) return [];
    const effects = this.#role.beginStep();
    this.#onInput(input, now);
    this.#broadcast.review();
    this.#transfer.maybeHandOver(now);
    if (!this.#transfer.begun) this.#rollover.maybeBegin(now);
    return effects;
  }

  /** The peer leaves the role for a reason of its own (a failed disk, a shutdown). */
  abandon(reason: string): LeaderEffect[] {
    if (this.#role.ended) return [];
    const effects = this.#role.beginStep();
    this.#role.stepDown(reason);
    return effects;
  }

  /** When `tick` is next due. */
  nextWakeup(): Millis | undefined {
    const { phase, nextTickAt, ended } = this.#role;
    if (phase === 'idle' || ended) return undefined;
    return Math.min(nextTickAt, this.#transfer.nextWakeup() ?? nextTickAt);
  }

  /** The zxid of the next proposal; undefined when the epoch's counter is used up and a new epoch is needed. */
  nextZxid(): Zxid | undefined {
    return this.#role.proposals.nextZxid();
  }

  /** The end of the log, committed or not. */
  get lastProposedZxid(): Zxid {
    return this.#role.proposals.lastProposedZxid;
  }

  /** Zxids that the epoch still has. */
  get remainingZxidCount(): number {
    return this.#role.proposals.remainingCount;
  }

  /** Logged or proposed, but not delivered: what the next role must carry on. */
  get undelivered(): readonly TxnBytes[] {
    return this.#role.proposals.outstanding;
  }

  /** While it rolls over, the one that it is established in. */
  get epoch(): Epoch | undefined {
    return this.#role.rollingOver ? this.#role.establishedEpoch : this.#role.epoch;
  }

  /** False from when another server is to lead, and while the epoch rolls over. */
  get proposes(): boolean {
    const { phase, successor } = this.#role;
    return phase === 'broadcast' && successor === undefined && !this.#transfer.begun && !this.#rollover.underWay;
  }

  /** It will propose again, in a new epoch. */
  get rollsOver(): boolean {
    return this.#rollover.underWay && !this.#transfer.begun;
  }

  /** Leadership is being handed over on request: this leader leaves soon. */
  get handsOver(): boolean {
    return this.#transfer.begun;
  }

  /** As the leader knows it: what it proposed last may not be committed yet. */
  get membership(): Membership {
    return this.#role.membership;
  }

  /** Voters of the ensemble that are in sync with this leader, itself among them, are a quorum of it (Leader.isQuorumSynced). */
  hasSyncedQuorum(verifier: QuorumVerifier): boolean {
    const synced = new Set<ServerId>([this.#role.dependencies.self]);
    for (const handler of this.#role.handlers.values()) if (handler.mayCount) synced.add(handler.sid);
    return verifier.containsQuorum(synced);
  }

  get zabState(): ZabState {
    if (this.#role.phase === 'broadcast' || this.#role.rollingOver) return 'BROADCAST';
    return this.#role.phase === 'synchronization' ? 'SYNCHRONIZATION' : 'DISCOVERY';
  }

  /** Syncs that wait for a quorum's confirmation. */
  get pendingSyncCount(): number {
    return this.#syncRounds.waitingCount;
  }

  learnerViews(): LearnerView[] {
    return [...this.#role.handlers.values()].map((handler) => handler.view());
  }

  #onInput(input: LeaderInput, now: Millis): void {
    switch (input.type) {
      case 'start':
        return this.#discovery.start(input.designated === true, now);
      case 'oracle':
        return this.#onOracle(input.alone);
      case 'linkUp':
        return this.#learners.onLinkUp(input.link, input.peer, now);
      case 'linkDown':
        this.#learners.forget(input.link);
        return this.#reconfiguration.maybeLeave(false);
      case 'packets':
        return this.#onPackets(input.link, input.packets, now);
      case 'flushed':
        return this.#onFlushed(input.token, now);
      case 'propose':
        return this.#broadcast.propose(input.txns, input.reconfiguration, now);
      case 'located':
      case 'logRead':
      case 'logReadFailed':
      case 'snapshotProgress':
      case 'snapshotSent':
        return this.#synchronization.onProgress(input, now);
      case 'congested':
        return this.#learners.onCongested(input.link, input.queuedBytes);
      case 'sync':
        return this.#syncRounds.onSync(undefined, input.syncId);
      case 'revalidated':
        return this.#onRevalidated(input);
      case 'supportLost':
        return this.#supervision.onSupportLost(now);
      case 'rollOver':
        return this.#rollover.request();
      case 'transfer':
        return this.#transfer.begin(input, now);
      case 'tick':
        return this.#onTick(input.late, now);
      default:
        unreachable(input);
    }
  }

  #onPackets(link: LinkId, packets: readonly QuorumPacket[], now: Millis): void {
    for (const packet of packets) {
      const handler = this.#role.handlers.get(link);
      if (handler === undefined) return;
      // Any packet is a sign of life.
      handler.lastHeardAt = now;
      this.#onPacket(handler, packet, now);
      if (this.#role.ended) return;
    }
  }

  #onPacket(handler: LearnerHandler, packet: QuorumPacket, now: Millis): void {
    switch (packet.type) {
      case 'FOLLOWERINFO':
      case 'OBSERVERINFO':
        if (handler.phase !== 'connected') return this.#learners.drop(handler, 'announced itself twice');
        return this.#discovery.onAnnounced(handler, packet);
      case 'ACKEPOCH':
        if (handler.phase !== 'discovery') return this.#learners.drop(handler, 'sent ACKEPOCH out of turn');
        return this.#onEpochAcknowledged(handler, packet, now);
      case 'ACK':
        return this.#onAck(handler, packet.zxid, now);
      case 'PING':
        return this.#syncRounds.onPong(handler, packet);
      case 'REQUEST':
      case 'SYNC':
        if (!handler.serves) return this.#learners.drop(handler, `sent ${packet.type} before UPTODATE`);
        if (handler.phase !== 'upToDate') return void handler.held.push(packet);
        return this.#synchronization.onAsked(handler, packet);
      case 'REVALIDATE':
        if (!handler.serves) return this.#learners.drop(handler, 'sent REVALIDATE before UPTODATE');
        return this.#onRevalidate(handler, packet);
      case 'LEADERINFO':
      case 'DIFF':
      case 'TRUNC':
      case 'SNAP':
      case 'NEWLEADER':
      case 'UPTODATE':
      case 'PROPOSAL':
      case 'COMMIT':
      case 'INFORM':
      case 'COMMITANDACTIVATE':
      case 'INFORMANDACTIVATE':
        return this.#learners.drop(handler, `sent ${packet.type}, which only a leader sends`);
      default:
        unreachable(packet);
    }
  }

  #onEpochAcknowledged(
    handler: LearnerHandler,
    packet: Extract<QuorumPacket, { type: 'ACKEPOCH' }>,
    now: Millis,
  ): void {
    handler.acknowledgeEpoch(packet.lastZxid);
    // Once a quorum accepted the epoch, a learner that comes later is led without being counted.
    if (this.#role.phase === 'discovery') this.#discovery.onEpochAcknowledged(handler, packet);
    else this.#synchronization.synchronize(handler, now);
  }

  #onAck(handler: LearnerHandler, zxid: Zxid, now: Millis): void {
    if (zxid === this.#role.newLeaderZxid) this.#synchronization.onNewLeaderAcknowledged(handler, now);
    else this.#broadcast.onAck(handler, zxid, now);
  }

  #onRevalidate(handler: LearnerHandler, packet: Extract<QuorumPacket, { type: 'REVALIDATE' }>): void {
    const { link, sid } = handler;
    const { sessionId, timeoutMs, owner } = packet;
    this.#role.emit({ type: 'revalidate', link, from: owner ?? sid, sessionId, timeoutMs });
  }

  #onRevalidated(input: Extract<LeaderInput, { type: 'revalidated' }>): void {
    const { link, sessionId, timeoutMs, valid } = input;
    const { handlers, proposals } = this.#role;
    if (!handlers.has(link)) return;
    const { lastProposedZxid } = proposals;
    this.#role.send([link], [{ type: 'REVALIDATE', sessionId, timeoutMs, valid, lastProposedZxid }]);
  }

  #onOracle(alone: ServerId | undefined): void {
    if (alone === this.#role.alone) return;
    this.#role.alone = alone;
    // A quorum that is being gathered is counted by the answer that there was when that began.
    if (this.#role.phase !== 'broadcast') this.#role.stepDown('the oracle answers otherwise than when this began');
  }

  #onFlushed(token: FlushToken, now: Millis): void {
    if (this.#discovery.onFlushed(token)) this.#synchronization.becomeSynchronizing(now);
    this.#broadcast.onFlushed(token);
  }

  #onTick(late: boolean, now: Millis): void {
    if (now < this.#role.nextTickAt) return;
    this.#role.scheduleTick(now);
    this.#syncRounds.pingAll();
    // What the peers sent meanwhile is not read yet: a late tick judges nobody.
    if (!late) this.#supervision.judge(now);
    this.#reconfiguration.maybeLeave(true);
  }
}
