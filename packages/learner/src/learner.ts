// The learning side of Zab, for followers and observers: discovery, synchronization, broadcast (ZooKeeper's Learner, Follower and Observer).
// It decides what is logged, acknowledged and delivered, in the order that makes an acknowledgement a promise; the shell writes and sends.

import type { LinkId, Logger, ZabState } from '@zebu/interfaces';
import {
  assert,
  type Epoch,
  formatZxid,
  makeZxid,
  type Millis,
  NO_EPOCH,
  NO_ZXID,
  ZERO_ZXID,
  type QuorumPacket,
  type ServerId,
  totalBytes,
  type TxnBytes,
  txnEpoch,
  txnZxid,
  unreachable,
  type Zxid,
} from '@zebu/protocol';
import { History } from './history.ts';
import type { FlushToken, LearnerEffect, LearnerInput } from './messages.ts';
import { continuationOf } from './txn-order.ts';

export interface LearnerDependencies {
  readonly self: ServerId;
  readonly leader: ServerId;
  readonly nextFlushToken: () => FlushToken;
  readonly logger: Logger;
}

export interface LearnerOptions {
  /** A participant follows and is counted; an observer only learns what was committed. */
  readonly role: 'follower' | 'observer';
  readonly tickTimeMs: number;
  /** In ticks. */
  readonly initLimit: number;
  /** In ticks. */
  readonly syncLimit: number;
  readonly configVersion: bigint;
}

/** This server's state when it begins to follow, as read from disk after its pending writes were fenced. */
export interface LearnerState {
  readonly acceptedEpoch: Epoch;
  readonly currentEpoch: Epoch;
  readonly lastDeliveredZxid: Zxid;
  /** Logged behind lastDeliveredZxid, not known to be committed. */
  readonly tail: readonly TxnBytes[];
  /** False when the data directory must not be voted with (db.autocreate=false): its last zxid is said to be -1. */
  readonly hasHistory: boolean;
}

type Phase =
  | 'idle'
  | 'connecting'
  /** FOLLOWERINFO sent. */
  | 'announced'
  /** acceptedEpoch is being written. */
  | 'acceptingEpoch'
  /** ACKEPOCH sent: DIFF, TRUNC or SNAP comes. */
  | 'acknowledgedEpoch'
  /** The disk truncates, or a snapshot is received or installed; packets wait. */
  | 'rebuilding'
  /** Txns of the leader's history come, then NEWLEADER. */
  | 'synchronizing'
  /** NEWLEADER seen: history, then currentEpoch are being flushed. */
  | 'acceptingNewLeader'
  /** NEWLEADER acknowledged. */
  | 'acknowledgedNewLeader'
  | 'broadcast'
  | 'ended';

/** Dialling again soon costs little, and the leader is often only milliseconds behind us. */
const RECONNECT_DELAYS_MS = [5, 10, 20, 40, 80, 160, 320] as const;
/** Packets that arrive while the disk rebuilds are kept up to this. */
const MAX_DEFERRED_BYTES = 256 * 1024 * 1024;
/** What a packet costs beside its txns, roughly. */
const PACKET_BYTES = 64;
const MAX_EPOCH = 0xffff_ffff;

export class Learner {
  readonly #dependencies: LearnerDependencies;
  readonly #options: LearnerOptions;
  readonly #history: History;
  #acceptedEpoch: Epoch;
  readonly #currentEpoch: Epoch;
  #hasHistory: boolean;
  /** TRUNC left nothing usable: only SNAP will do. */
  #needsSnapshot = false;
  #phase: Phase = 'idle';
  #effects: LearnerEffect[] = [];
  #link: LinkId | undefined;
  #reconnectCount = 0;
  #reconnectAt: Millis | undefined;
  #epoch: Epoch | undefined;
  #acceptedEpochFlush: FlushToken | undefined;
  #newLeaderFlush: FlushToken | undefined;
  #truncateTo: Zxid = NO_ZXID;
  #snapshotZxid: Zxid | undefined;
  #treeIsAhead = false;
  /** The received snapshot replaces the history. */
  #installing = false;
  #deferred: QuorumPacket[] = [];
  #deferredBytes = 0;
  /** Greatest zxid that the leader said is committed. */
  #committedZxid: Zxid = NO_ZXID;
  #serving = false;
  /** Flushes whose proposals are to be acknowledged; both fields grow along the list. */
  #flushes: { readonly token: FlushToken; readonly zxid: Zxid }[] = [];
  #lastHeardAt: Millis = 0;
  #nextTickAt: Millis = 0;

  constructor(dependencies: LearnerDependencies, options: LearnerOptions, state: LearnerState) {
    this.#dependencies = dependencies;
    this.#options = options;
    this.#acceptedEpoch = state.acceptedEpoch;
    this.#currentEpoch = state.currentEpoch;
    this.#hasHistory = state.hasHistory;
    this.#history = new History(state.lastDeliveredZxid, state.tail);
  }

  step(input: LearnerInput, now: Millis): LearnerEffect[] {
    if (this.#phase === 'ended') return [];
    this.#effects = [];
    switch (input.type) {
      case 'start':
        this.#start(now);
        break;
      case 'dialled':
        this.#link = input.link;
        break;
      case 'linkUp':
        this.#onLinkUp(input.link, now);
        break;
      case 'linkDown':
        this.#onLinkDown(input.link, now);
        break;
      case 'packets':
        if (input.link === this.#link) this.#onPackets(input.packets, now);
        break;
      case 'flushed':
        this.#onFlushed(input.token);
        break;
      case 'truncated':
        this.#onTruncated(input.done, now);
        break;
      case 'snapshotProgress':
        if (input.link === this.#link) this.#lastHeardAt = now;
        break;
      case 'snapshotReceived':
        this.#onSnapshotReceived(input.link);
        break;
      case 'snapshotFailed':
        if (input.link === this.#link) this.#abandon(`the snapshot did not arrive: ${input.reason}`);
        break;
      case 'restored':
        this.#onRestored(now);
        break;
      case 'request':
        this.#send({ type: 'REQUEST', requests: input.requests });
        break;
      case 'sync':
        this.#send({ type: 'SYNC', syncId: input.syncId });
        break;
      case 'revalidate':
        this.#send({
          type: 'REVALIDATE',
          sessionId: input.sessionId,
          timeoutMs: input.timeoutMs,
          valid: false,
          lastProposedZxid: ZERO_ZXID,
        });
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
    if (this.#phase === 'idle' || this.#phase === 'ended') return undefined;
    return this.#reconnectAt === undefined ? this.#nextTickAt : Math.min(this.#reconnectAt, this.#nextTickAt);
  }

  /** Logged, but not delivered: what the next role must carry on. */
  get undelivered(): readonly TxnBytes[] {
    return this.#history.pending;
  }

  /** The log was cut back below what the tree holds: `restored` is awaited. */
  get needsRestore(): boolean {
    return this.#phase === 'rebuilding' && this.#treeIsAhead;
  }

  /** The leader's epoch, once it said so. */
  get epoch(): Epoch | undefined {
    return this.#epoch;
  }

  get link(): LinkId | undefined {
    return this.#link;
  }

  get zabState(): ZabState {
    if (this.#phase === 'broadcast') return 'BROADCAST';
    return this.#epoch === undefined || this.#phase === 'acceptingEpoch' ? 'DISCOVERY' : 'SYNCHRONIZATION';
  }

  /** The peer leaves the role for a reason of its own (a failed disk, a shutdown). */
  abandon(reason: string): LearnerEffect[] {
    if (this.#phase === 'ended') return [];
    this.#effects = [];
    this.#abandon(reason);
    return this.#effects;
  }

  // --- Discovery -------------------------------------------------------------------------------------------------------------------------

  #start(now: Millis): void {
    assert(this.#phase === 'idle', 'a learner starts once');
    this.#lastHeardAt = now;
    this.#nextTickAt = now + this.#tickInterval;
    this.#connect();
  }

  #connect(): void {
    this.#phase = 'connecting';
    this.#reconnectAt = undefined;
    this.#effects.push({ type: 'connect', to: this.#dependencies.leader });
  }

  #onLinkUp(link: LinkId, now: Millis): void {
    if (link !== this.#link || this.#phase !== 'connecting') return;
    this.#phase = 'announced';
    this.#lastHeardAt = now;
    this.#send({
      type: this.#options.role === 'follower' ? 'FOLLOWERINFO' : 'OBSERVERINFO',
      sid: this.#dependencies.self,
      acceptedEpoch: this.#acceptedEpoch,
      configVersion: this.#options.configVersion,
      needsSnapshot: this.#needsSnapshot,
    });
  }

  #onLinkDown(link: LinkId, now: Millis): void {
    if (link !== this.#link) return;
    this.#link = undefined;
    const mayRetry = this.#phase === 'connecting' || this.#phase === 'announced';
    const delayMs = mayRetry ? RECONNECT_DELAYS_MS[this.#reconnectCount] : undefined;
    if (delayMs === undefined) return this.#abandon('lost the connection to the leader');
    // The leader may not lead yet: it refuses learners until then.
    this.#reconnectCount++;
    this.#phase = 'connecting';
    this.#reconnectAt = now + delayMs;
  }

  #onLeaderInfo(epoch: Epoch): void {
    if (this.#phase !== 'announced') return this.#abandon('LEADERINFO out of turn');
    if (!Number.isInteger(epoch) || epoch < 0 || epoch > MAX_EPOCH) return this.#abandon(`${epoch} is no epoch`);
    if (epoch < this.#acceptedEpoch) {
      return this.#abandon(`the leader's epoch ${epoch} is below our acceptedEpoch ${this.#acceptedEpoch}`);
    }
    this.#epoch = epoch;
    if (epoch === this.#acceptedEpoch) return this.#acknowledgeEpoch(NO_EPOCH);
    // The promise not to follow a lower epoch is durable before it is given.
    this.#phase = 'acceptingEpoch';
    this.#acceptedEpoch = epoch;
    this.#acceptedEpochFlush = this.#dependencies.nextFlushToken();
    this.#effects.push({ type: 'writeAcceptedEpoch', epoch }, { type: 'flush', token: this.#acceptedEpochFlush });
  }

  /** Once this epoch was accepted before, our history may have been counted for it already: it must not be counted twice. */
  #acknowledgeEpoch(currentEpoch: Epoch): void {
    this.#phase = 'acknowledgedEpoch';
    const lastZxid = this.#hasHistory ? this.#history.lastLoggedZxid : NO_ZXID;
    this.#send({ type: 'ACKEPOCH', currentEpoch, lastZxid });
  }

  // --- Synchronization -------------------------------------------------------------------------------------------------------------------

  #onDiff(): void {
    if (this.#phase !== 'acknowledgedEpoch') return this.#abandon('DIFF out of turn');
    if (this.#onlySnapshotWillDo) return this.#abandon('DIFF, but there is nothing here that it could build on');
    this.#phase = 'synchronizing';
  }

  #onTrunc(zxid: Zxid): void {
    if (this.#phase !== 'acknowledgedEpoch') return this.#abandon('TRUNC out of turn');
    if (this.#onlySnapshotWillDo) return this.#abandon('TRUNC, but there is nothing here to cut back');
    if (zxid < 0n || zxid >= this.#history.lastLoggedZxid)
      return this.#abandon(`TRUNC to ${formatZxid(zxid)}, which our log does not reach`);
    this.#phase = 'rebuilding';
    this.#snapshotZxid = undefined;
    this.#dependencies.logger.info('cutting the log back as the leader says', {
      from: formatZxid(this.#history.lastLoggedZxid),
      to: formatZxid(zxid),
    });
    this.#truncateTo = zxid;
    this.#effects.push({ type: 'truncate', zxid });
  }

  #onTruncated(done: boolean, now: Millis): void {
    if (this.#phase !== 'rebuilding' || this.#snapshotZxid !== undefined) return;
    if (!done) return this.#restartWithSnapshot();
    this.#treeIsAhead = this.#history.lastDeliveredZxid > this.#truncateTo;
    this.#history.truncate(this.#truncateTo);
    if (!this.#treeIsAhead) this.#onRebuilt(now);
  }

  /** Nothing on disk could be kept below the cut: ask again, for a snapshot. */
  #restartWithSnapshot(): void {
    this.#needsSnapshot = true;
    this.#epoch = undefined;
    this.#deferred = [];
    this.#deferredBytes = 0;
    if (this.#link !== undefined) this.#effects.push({ type: 'closeLink', link: this.#link });
    this.#link = undefined;
    this.#connect();
  }

  #onSnap(zxid: Zxid): void {
    // Amid a DIFF too: the leader's log may turn out to be unreadable, and nothing of this epoch is acknowledged yet.
    if (this.#phase !== 'acknowledgedEpoch' && this.#phase !== 'synchronizing')
      return this.#abandon('SNAP out of turn');
    if (zxid < 0n) return this.#abandon('SNAP of no history');
    this.#phase = 'rebuilding';
    this.#snapshotZxid = zxid;
    this.#dependencies.logger.info('receiving a snapshot from the leader', { zxid: formatZxid(zxid) });
    this.#effects.push({ type: 'receiveSnapshot', link: this.#link as LinkId, zxid });
  }

  #onSnapshotReceived(link: LinkId): void {
    if (this.#phase !== 'rebuilding' || link !== this.#link || this.#snapshotZxid === undefined || this.#installing)
      return;
    this.#installing = true;
    this.#history.replace(this.#snapshotZxid);
    this.#hasHistory = true;
    this.#effects.push({ type: 'installSnapshot', zxid: this.#snapshotZxid });
  }

  #onRestored(now: Millis): void {
    if (this.#phase === 'rebuilding' && (this.#treeIsAhead || this.#installing)) this.#onRebuilt(now);
  }

  #onRebuilt(now: Millis): void {
    this.#phase = 'synchronizing';
    this.#treeIsAhead = false;
    this.#installing = false;
    this.#needsSnapshot = false;
    this.#lastHeardAt = now;
    const deferred = this.#deferred;
    this.#deferred = [];
    this.#deferredBytes = 0;
    this.#onPackets(deferred, now);
  }

  #onNewLeader(zxid: Zxid): void {
    if (this.#phase !== 'synchronizing') return this.#abandon('NEWLEADER out of turn');
    if (this.#epoch === undefined || zxid !== makeZxid(this.#epoch, 0))
      return this.#abandon('NEWLEADER of another epoch');
    this.#phase = 'acceptingNewLeader';
    // History durable, then currentEpoch durable, then ACK: an epoch on disk never hides missing txns (ZOOKEEPER-4643, ZOOKEEPER-4646).
    const token = this.#dependencies.nextFlushToken();
    this.#newLeaderFlush = token;
    this.#effects.push({ type: 'writeCurrentEpoch', epoch: this.#epoch }, { type: 'flush', token });
  }

  #onUpToDate(zxid: Zxid): void {
    if (this.#phase !== 'acknowledgedNewLeader') return this.#abandon('UPTODATE out of turn');
    if (zxid !== makeZxid(this.#epoch as Epoch, 0)) return this.#abandon('UPTODATE of another epoch');
    this.#phase = 'broadcast';
    // Everything committed is applied before a client is served (ZOOKEEPER-3023).
    this.#deliver();
    this.#maybeServe();
  }

  /** A tree read back at a restart holds all of the log. What of it is not committed yet no client may see: it could still be lost. */
  #maybeServe(): void {
    if (this.#serving || this.#phase !== 'broadcast' || this.#history.lastDeliveredZxid > this.#committedZxid) return;
    this.#serving = true;
    this.#effects.push({ type: 'serve', epoch: this.#epoch as Epoch });
  }

  // --- Broadcast -------------------------------------------------------------------------------------------------------------------------

  #onTxns(txns: readonly TxnBytes[]): void {
    if (!this.#acceptsTxns) return this.#abandon('txns before DIFF, TRUNC or SNAP');
    const run = continuationOf(this.#history.lastLoggedZxid, txns);
    if (!run.ok) return this.#abandon(run.reason);
    if (run.fresh.length === 0) return;
    const foreign = this.#findForeignEpoch(run.fresh);
    if (foreign !== undefined) return this.#abandon(`txns of epoch ${foreign} while epoch ${this.#epoch} is led`);
    this.#history.append(run.fresh);
    const token = this.#dependencies.nextFlushToken();
    // Before NEWLEADER nothing is acknowledged; this flush only bounds what waits to be written.
    if (this.#phase !== 'synchronizing') this.#flushes.push({ token, zxid: this.#history.lastLoggedZxid });
    this.#effects.push({ type: 'logTxns', txns: run.fresh }, { type: 'flush', token });
  }

  /** NEWLEADER ends the initial history: behind it come txns of this epoch, and never any of a later one. */
  #findForeignEpoch(fresh: readonly TxnBytes[]): number | undefined {
    const [first, last] = [txnEpoch(fresh[0] as TxnBytes), txnEpoch(fresh[fresh.length - 1] as TxnBytes)];
    const epoch = this.#epoch as Epoch;
    if (last > epoch) return last;
    return first < epoch && this.#phase !== 'synchronizing' ? first : undefined;
  }

  #onInform(txns: readonly TxnBytes[]): void {
    this.#onTxns(txns);
    const last = txns[txns.length - 1];
    if (this.#phase !== 'ended' && last !== undefined) this.#onCommit(txnZxid(last));
  }

  #onCommit(zxid: Zxid): void {
    if (!this.#acceptsTxns) return this.#abandon('COMMIT before DIFF, TRUNC or SNAP');
    if (zxid > this.#history.lastLoggedZxid) {
      return this.#abandon(
        `COMMIT of ${formatZxid(zxid)}, but our log ends at ${formatZxid(this.#history.lastLoggedZxid)}`,
      );
    }
    if (zxid > this.#committedZxid) this.#committedZxid = zxid;
    this.#deliver();
    this.#maybeServe();
  }

  /** Only what the leader called committed is ever delivered, before UPTODATE too. */
  #deliver(): void {
    const txns = this.#history.deliver(this.#committedZxid);
    if (txns.length > 0) this.#effects.push({ type: 'deliver', txns });
  }

  #onFlushed(token: FlushToken): void {
    if (this.#phase === 'acceptingEpoch' && token >= (this.#acceptedEpochFlush as FlushToken))
      this.#acknowledgeEpoch(this.#currentEpoch);
    if (this.#phase === 'acceptingNewLeader' && token >= (this.#newLeaderFlush as FlushToken)) {
      this.#phase = 'acknowledgedNewLeader';
      this.#send({ type: 'ACK', zxid: makeZxid(this.#epoch as Epoch, 0) });
    }
    this.#acknowledgeProposals(token);
  }

  /** One ACK speaks of everything flushed; never ahead of the ACK of NEWLEADER (ZOOKEEPER-4685). */
  #acknowledgeProposals(token: FlushToken): void {
    if (this.#phase !== 'acknowledgedNewLeader' && this.#phase !== 'broadcast') return;
    let count = 0;
    while (count < this.#flushes.length && (this.#flushes[count] as { token: FlushToken }).token <= token) count++;
    if (count === 0) return;
    const { zxid } = this.#flushes[count - 1] as { zxid: Zxid };
    this.#flushes.splice(0, count);
    if (this.#options.role === 'follower') this.#send({ type: 'ACK', zxid });
  }

  // --- Packets ---------------------------------------------------------------------------------------------------------------------------

  #onPackets(packets: readonly QuorumPacket[], now: Millis): void {
    this.#lastHeardAt = now;
    for (const packet of packets) {
      if (this.#phase === 'ended') return;
      // A busy disk is no reason to seem dead; everything else keeps its order behind the rebuild.
      if (this.#phase === 'rebuilding' && packet.type !== 'PING') this.#defer(packet);
      else this.#onPacket(packet);
    }
  }

  #defer(packet: QuorumPacket): void {
    this.#deferred.push(packet);
    this.#deferredBytes += PACKET_BYTES;
    if (packet.type === 'PROPOSAL' || packet.type === 'INFORM') this.#deferredBytes += totalBytes(packet.txns);
    if (this.#deferredBytes > MAX_DEFERRED_BYTES) this.#abandon('too much arrived while the disk was busy');
  }

  #onPacket(packet: QuorumPacket): void {
    switch (packet.type) {
      case 'LEADERINFO':
        return this.#onLeaderInfo(packet.epoch);
      case 'DIFF':
        return this.#onDiff();
      case 'TRUNC':
        return this.#onTrunc(packet.zxid);
      case 'SNAP':
        return this.#onSnap(packet.zxid);
      case 'NEWLEADER':
        return this.#onNewLeader(packet.zxid);
      case 'UPTODATE':
        return this.#onUpToDate(packet.zxid);
      case 'PROPOSAL':
        return this.#onTxns(packet.txns);
      case 'INFORM':
        return this.#onInform(packet.txns);
      case 'COMMIT':
        return this.#onCommit(packet.zxid);
      case 'PING':
        return this.#onPing(packet.round);
      case 'SYNC':
        this.#effects.push({ type: 'syncConfirmed', syncId: packet.syncId });
        return;
      case 'REVALIDATE': {
        const { sessionId, timeoutMs, valid, lastProposedZxid } = packet;
        this.#effects.push({ type: 'revalidated', sessionId, timeoutMs, valid, lastProposedZxid });
        return;
      }
      case 'FOLLOWERINFO':
      case 'OBSERVERINFO':
      case 'ACKEPOCH':
      case 'ACK':
      case 'REQUEST':
        return this.#abandon(`the leader sent ${packet.type}, which only a learner sends`);
      default:
        unreachable(packet);
    }
  }

  #onPing(round: number): void {
    if (this.#link !== undefined) this.#effects.push({ type: 'pong', link: this.#link, round });
  }

  // --- Time ------------------------------------------------------------------------------------------------------------------------------

  get #tickInterval(): Millis {
    return this.#options.tickTimeMs / 2;
  }

  get #acceptsTxns(): boolean {
    return (
      this.#phase === 'synchronizing' ||
      this.#phase === 'acceptingNewLeader' ||
      this.#phase === 'acknowledgedNewLeader' ||
      this.#phase === 'broadcast'
    );
  }

  get #onlySnapshotWillDo(): boolean {
    return this.#needsSnapshot || !this.#hasHistory;
  }

  #onTick(late: boolean, now: Millis): void {
    if (this.#reconnectAt !== undefined && now >= this.#reconnectAt) this.#connect();
    if (now < this.#nextTickAt) return;
    this.#nextTickAt = now + this.#tickInterval;
    // What the leader sent meanwhile is not read yet: a late tick judges nobody.
    if (late) return;
    const limit = this.#phase === 'broadcast' ? this.#options.syncLimit : this.#options.initLimit;
    if (now - this.#lastHeardAt > limit * this.#options.tickTimeMs)
      this.#abandon(`the leader was silent for ${limit} ticks`);
  }

  #send(packet: QuorumPacket): void {
    if (this.#link !== undefined) this.#effects.push({ type: 'send', links: [this.#link], packets: [packet] });
  }

  #abandon(reason: string): void {
    if (this.#phase === 'ended') return;
    this.#phase = 'ended';
    if (this.#link !== undefined) this.#effects.push({ type: 'closeLink', link: this.#link });
    this.#effects.push({ type: 'abandon', reason });
  }
}
