// The learning side of Zab, for followers and observers: discovery, synchronization, broadcast (ZooKeeper's Learner, Follower and Observer).
// It decides what is logged, acknowledged and delivered, in the order that makes an acknowledgement a promise; the shell writes and sends.
// Here inputs and packets are handed to the phase that decides on them.

import type { FlushToken, LinkId, ZabState } from '@zebu/interfaces';
import {
  assert,
  type Epoch,
  type Millis,
  type QuorumPacket,
  type ServerId,
  type TxnBytes,
  unreachable,
  ZERO_ZXID,
  type Zxid,
} from '@zebu/protocol';
import { Broadcast } from './broadcast.ts';
import { Connection } from './connection.ts';
import { Discovery } from './discovery.ts';
import { LearnerRole } from './learner-role.ts';
import type { LearnerEffect, LearnerInput } from './messages.ts';
import { Rebuilding } from './rebuilding.ts';
import type { LearnerDependencies, LearnerOptions, LearnerState } from './setup.ts';
import { Synchronization } from './synchronization.ts';

export class Learner {
  readonly #role: LearnerRole;
  readonly #connection: Connection;
  readonly #discovery: Discovery;
  readonly #rebuilding: Rebuilding;
  readonly #broadcast: Broadcast;
  readonly #synchronization: Synchronization;

  constructor(dependencies: LearnerDependencies, options: LearnerOptions, state: LearnerState) {
    this.#role = new LearnerRole(dependencies, options, state);
    this.#connection = new Connection(this.#role);
    this.#discovery = new Discovery(this.#role, state.currentEpoch);
    this.#rebuilding = new Rebuilding(this.#role, this.#connection);
    this.#broadcast = new Broadcast(this.#role);
    this.#synchronization = new Synchronization(this.#role, this.#broadcast);
  }

  step(input: LearnerInput, now: Millis): LearnerEffect[] {
    if (this.#role.ended) return [];
    const effects = this.#role.beginStep();
    this.#onInput(input, now);
    return effects;
  }

  /** The peer leaves the role for a reason of its own (a failed disk, a shutdown). */
  abandon(reason: string): LearnerEffect[] {
    if (this.#role.ended) return [];
    const effects = this.#role.beginStep();
    this.#role.abandon(reason);
    return effects;
  }

  /** When `tick` is next due. */
  nextWakeup(): Millis | undefined {
    return this.#role.phase === 'idle' || this.#role.ended ? undefined : this.#connection.nextWakeup();
  }

  /** Logged, but not delivered: what the next role must carry on. */
  get undelivered(): readonly TxnBytes[] {
    return this.#role.history.pending;
  }

  /** The log was cut back below what the tree holds: `restored` is awaited. */
  get needsRestore(): boolean {
    return this.#rebuilding.needsRestore;
  }

  /** The leader's epoch, once it said so; while it rolls over, the one in which clients are served. */
  get epoch(): Epoch | undefined {
    return this.#role.rollsOver ? this.#role.servedEpoch : this.#role.epoch;
  }

  /** Of the newest txn that went to the log. */
  get lastLoggedZxid(): Zxid {
    return this.#role.history.lastLoggedZxid;
  }

  get link(): LinkId | undefined {
    return this.#role.link;
  }

  get zabState(): ZabState {
    if (this.#role.phase === 'broadcast' || this.#role.rollsOver) return 'BROADCAST';
    return this.epoch === undefined || this.#role.phase === 'acceptingEpoch' ? 'DISCOVERY' : 'SYNCHRONIZATION';
  }

  #onInput(input: LearnerInput, now: Millis): void {
    switch (input.type) {
      case 'start':
        return this.#start(now);
      case 'dialled':
        this.#role.link = input.link;
        return;
      case 'linkUp':
        return this.#connection.onLinkUp(input.link, now);
      case 'linkDown':
        return this.#connection.onLinkDown(input.link, now);
      case 'packets':
        if (input.link === this.link) this.#onPackets(input.packets, now);
        return;
      case 'flushed':
        return this.#onFlushed(input.token);
      case 'truncated':
        if (this.#rebuilding.onTruncated(input.done)) this.#onRebuilt(now);
        return;
      case 'snapshotProgress':
        if (input.link === this.link) this.#connection.onHeard(now);
        return;
      case 'snapshotReceived':
        return this.#rebuilding.onSnapshotReceived(input.link);
      case 'snapshotFailed':
        return this.#rebuilding.onSnapshotFailed(input.link, input.reason);
      case 'restored':
        if (this.#rebuilding.onRestored()) this.#onRebuilt(now);
        return;
      case 'request':
        return this.#role.send({ type: 'REQUEST', requests: input.requests, ...ownerOf(input) });
      case 'sync':
        return this.#role.send({ type: 'SYNC', syncId: input.syncId });
      case 'revalidate':
        return this.#onRevalidate(input);
      case 'tick':
        return this.#connection.onTick(input.late, now);
      default:
        unreachable(input);
    }
  }

  #start(now: Millis): void {
    assert(this.#role.phase === 'idle', 'a learner starts once');
    this.#connection.start(now);
  }

  /** A question: `valid` and the zxid are the answer's to say. */
  #onRevalidate(input: Extract<LearnerInput, { type: 'revalidate' }>): void {
    const { sessionId, timeoutMs } = input;
    const question = { sessionId, timeoutMs, valid: false, lastProposedZxid: ZERO_ZXID } as const;
    this.#role.send({ type: 'REVALIDATE', ...question, ...ownerOf(input) });
  }

  #onPackets(packets: readonly QuorumPacket[], now: Millis): void {
    this.#connection.onHeard(now);
    for (const packet of packets) {
      if (this.#role.ended) return;
      if (this.#rebuilding.mustWait(packet)) this.#rebuilding.defer(packet);
      else this.#onPacket(packet);
    }
  }

  #onPacket(packet: QuorumPacket): void {
    switch (packet.type) {
      case 'LEADERINFO':
        this.#broadcast.forgetPendingAcks();
        return this.#discovery.onLeaderInfo(packet.epoch);
      case 'DIFF':
        return this.#synchronization.onDiff();
      case 'TRUNC':
        return this.#rebuilding.onTrunc(packet.zxid);
      case 'SNAP':
        return this.#rebuilding.onSnap(packet.zxid);
      case 'NEWLEADER':
        return this.#synchronization.onNewLeader(packet.zxid);
      case 'UPTODATE':
        return this.#synchronization.onUpToDate(packet.zxid, packet.configuration);
      case 'PROPOSAL':
        return this.#broadcast.onProposal(packet.txns);
      case 'INFORM':
        return this.#broadcast.onInform(packet.txns);
      case 'COMMIT':
        return this.#broadcast.onCommit(packet.zxid);
      case 'COMMITANDACTIVATE':
        this.#broadcast.onCommit(packet.zxid, packet.designatedLeader);
        return this.#broadcast.onDesignated(packet.designatedLeader);
      case 'INFORMANDACTIVATE':
        this.#broadcast.onInform(packet.txns);
        return this.#broadcast.onDesignated(packet.designatedLeader);
      case 'PING':
        return this.#onPing(packet.round);
      case 'SYNC':
        if (this.#role.damaged) return this.#synchronization.onConfirmed();
        return this.#role.emit({ type: 'syncConfirmed', syncId: packet.syncId });
      case 'REVALIDATE': {
        const { sessionId, timeoutMs, valid, lastProposedZxid } = packet;
        return this.#role.emit({ type: 'revalidated', sessionId, timeoutMs, valid, lastProposedZxid });
      }
      case 'FOLLOWERINFO':
      case 'OBSERVERINFO':
      case 'ACKEPOCH':
      case 'ACK':
      case 'REQUEST':
        return this.#role.abandon(`the leader sent ${packet.type}, which only a learner sends`);
      default:
        unreachable(packet);
    }
  }

  #onPing(round: number): void {
    if (this.link !== undefined) this.#role.emit({ type: 'pong', link: this.link, round });
  }

  #onRebuilt(now: Millis): void {
    this.#onPackets(this.#rebuilding.takeDeferred(), now);
  }

  #onFlushed(token: FlushToken): void {
    this.#discovery.onFlushed(token);
    // First: no proposal is acknowledged ahead of NEWLEADER (ZOOKEEPER-4685).
    this.#synchronization.onFlushed(token);
    this.#broadcast.onFlushed(token);
  }
}

const ownerOf = ({ owner }: { readonly owner?: ServerId | undefined }): { readonly owner?: ServerId } =>
  owner === undefined ? {} : { owner };
