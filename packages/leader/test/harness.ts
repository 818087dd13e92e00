// One or more leaders and their learners, joined by explicit queues and fake disks. Nothing moves unless a test says so: packets wait on their
// link, writes wait on the disk, reads of the log and snapshots wait to be answered. The oracle watches every run.

import type { FlushToken, LinkId, Logger } from '@zebu/interfaces';
import { CommittedLog, Leader, type LeaderEffect, type LeaderInput, type LeaderOptions } from '@zebu/leader';
import { Learner, type LearnerEffect, type LearnerInput } from '@zebu/learner';
import {
  assert,
  type Epoch,
  firstTxnAfter,
  type ForwardedRequest,
  type QuorumPacket,
  type ServerId,
  type SessionId,
  type TxnBytes,
  type Zxid,
} from '@zebu/protocol';
import { Membership } from '@zebu/quorum';
import { type DiskMutation, FakeDisk, lastZxidOf, type StorageCompletion } from './fake-disk.ts';
import { show, showEffect, sid, txn } from './notation.ts';
import { check, checkMembers, type HistoryOf, isPrefix, Oracle } from './oracle.ts';

export const QUIET: Logger = { debug() {}, info() {}, warn() {}, error() {} };

export interface ServerSetup {
  readonly id: number;
  readonly history: readonly TxnBytes[];
  readonly accepted: number;
  readonly current: number;
  readonly observer?: boolean;
  readonly mayBeVotedFor?: boolean;
}

export interface ClusterOptions extends LeaderOptions {
  readonly configVersion: bigint;
  readonly windowCount: number;
  readonly windowBytes: number;
  readonly mutation: DiskMutation;
  /** Bytes that the leader believes a snapshot to have. */
  readonly snapshotBytes: number;
}

export const DEFAULT_OPTIONS: ClusterOptions = {
  tickTimeMs: 100,
  initLimit: 10,
  syncLimit: 5,
  configVersion: 0n,
  maxQueuedBytes: 1_000_000,
  reconfigEnabled: false,
  snapshotSizeFactor: 0.33,
  windowCount: 500,
  windowBytes: 1_000_000,
  mutation: 'none',
  snapshotBytes: 1_000_000_000,
};

/** A server and what its core asked for. */
export interface Traced {
  readonly server: Server;
  readonly effect: LeaderEffect | LearnerEffect;
}

/** What travels in one direction of a link. */
type Parcel = readonly QuorumPacket[] | 'down';

export class Link {
  readonly id: LinkId;
  readonly learner: Server;
  readonly leader: Server;
  state: 'dialling' | 'up' | 'down' = 'dialling';
  toLeader: Parcel[] = [];
  toLearner: Parcel[] = [];
  /** The tree that the leader streams. */
  offered: readonly TxnBytes[] | undefined;
  wanted: Zxid | undefined;

  constructor(id: LinkId, learner: Server, leader: Server) {
    this.id = id;
    this.learner = learner;
    this.leader = leader;
  }

  queueTo(server: Server): Parcel[] {
    return server === this.leader ? this.toLeader : this.toLearner;
  }

  other(server: Server): Server {
    return server === this.leader ? this.learner : this.leader;
  }
}

export class Server implements HistoryOf {
  readonly sid: ServerId;
  readonly observer: boolean;
  readonly disk: FakeDisk;
  readonly #cluster: Cluster;
  tree: TxnBytes[];
  leader: Leader | undefined;
  learner: Learner | undefined;
  /** In sync with an established leader. */
  serving = false;
  up = true;
  #committedLog: CommittedLog;
  /** Logged behind the tree, not known to be committed. */
  #tail: readonly TxnBytes[] = [];
  #flushCount = 0;
  /** Reads of the log that the leader waits for. */
  reads: Extract<LeaderEffect, { type: 'locate' | 'readLog' }>[] = [];
  readonly pins = new Map<LinkId, Zxid>();
  readonly #syncs = new Map<number, number>();

  constructor(cluster: Cluster, setup: ServerSetup) {
    const { options } = cluster;
    this.#cluster = cluster;
    this.sid = sid(setup.id);
    this.observer = setup.observer ?? false;
    const epochs = { accepted: setup.accepted as Epoch, current: setup.current as Epoch };
    this.disk = new FakeDisk(setup.history, epochs, options.mutation);
    this.disk.mayBeVotedFor = setup.mayBeVotedFor ?? true;
    this.tree = [...setup.history];
    this.#committedLog = this.#newCommittedLog();
  }

  get durable(): readonly TxnBytes[] {
    return this.disk.history;
  }

  get idle(): boolean {
    return this.up && this.leader === undefined && this.learner === undefined;
  }

  get committedLog(): CommittedLog {
    return this.#committedLog;
  }

  get waitingSyncCount(): number {
    return this.#syncs.size;
  }

  /** What the log holds, flushed or not. */
  get logged(): readonly TxnBytes[] {
    return [...this.tree, ...(this.leader?.undelivered ?? this.learner?.undelivered ?? this.#tail)];
  }

  // --- Roles -----------------------------------------------------------------------------------------------------------------------------

  lead(designated = false): void {
    this.#fence();
    const { membership, options } = this.#cluster;
    this.leader = new Leader(
      {
        self: this.sid,
        membership,
        committedLog: this.#committedLog,
        nextFlushToken: () => this.#nextFlushToken(),
        logger: QUIET,
      },
      options,
      {
        acceptedEpoch: this.disk.acceptedEpoch,
        currentEpoch: this.disk.currentEpoch,
        lastLoggedZxid: this.disk.lastZxid,
        lastDeliveredZxid: lastZxidOf(this.tree),
        tail: this.#tail,
      },
    );
    this.toLeader({ type: 'start', designated });
  }

  follow(leader: ServerId): void {
    this.#fence();
    const { tickTimeMs, initLimit, syncLimit, configVersion } = this.#cluster.options;
    this.learner = new Learner(
      { self: this.sid, leader, nextFlushToken: () => this.#nextFlushToken(), logger: QUIET },
      {
        role: this.observer ? 'observer' : 'follower',
        votes: !this.observer,
        tickTimeMs,
        initLimit,
        syncLimit,
        configVersion,
      },
      {
        acceptedEpoch: this.disk.acceptedEpoch,
        currentEpoch: this.disk.currentEpoch,
        lastDeliveredZxid: lastZxidOf(this.tree),
        tail: this.#tail,
        hasHistory: this.disk.lastZxid >= 0n,
        damaged: false,
      },
    );
    this.toLearner({ type: 'start' });
  }

  /** The process dies: memory is gone, and so is what waits to be written, but for `keptCount` txns. */
  crash(keptCount = 0): void {
    this.disk.crash(keptCount);
    this.#forgetRole();
    this.up = false;
    this.#tail = [];
    this.tree = [];
    for (const link of this.#cluster.linksOf(this)) this.#cluster.hangUp(link, this);
  }

  start(): void {
    this.up = true;
    this.#restore();
  }

  #leaveRole(): void {
    this.#tail = [...(this.leader?.undelivered ?? this.learner?.undelivered ?? [])];
    this.#forgetRole();
    for (const link of this.#cluster.linksOf(this)) this.#cluster.hangUp(link, this);
  }

  /** Whoever was designated is tried before there is an election. */
  #leaveFor(successor: ServerId | undefined): void {
    this.#leaveRole();
    if (successor === this.sid) this.lead(true);
    else if (successor !== undefined) this.follow(successor);
  }

  #forgetRole(): void {
    this.leader = undefined;
    this.learner = undefined;
    this.serving = false;
    this.reads = [];
    this.pins.clear();
    this.#syncs.clear();
  }

  /** Pending writes first; then memory is held against the disk (ZOOKEEPER-2845). */
  #fence(): void {
    assert(this.idle, 'one role at a time');
    while (this.disk.busy) this.disk.perform();
    const { history } = this.disk;
    const tail = this.#tail.slice(0, firstTxnAfter(this.#tail, lastZxidOf(history)));
    const end = tail.length === 0 ? lastZxidOf(this.tree) : lastZxidOf(tail);
    if (end !== lastZxidOf(history)) return this.#restore();
    this.#tail = tail;
    check(
      isPrefix(history, [...this.tree, ...tail]),
      () => `server ${this.sid}: memory and disk differ below one zxid`,
    );
  }

  #restore(): void {
    this.tree = [...this.disk.history];
    this.#tail = [];
    this.#committedLog = this.#newCommittedLog();
  }

  #newCommittedLog(): CommittedLog {
    const { windowCount, windowBytes } = this.#cluster.options;
    return new CommittedLog(lastZxidOf(this.tree), { maxEntryCount: windowCount, maxBytes: windowBytes });
  }

  #nextFlushToken(): FlushToken {
    this.#flushCount++;
    return this.#flushCount as FlushToken;
  }

  // --- Inputs ----------------------------------------------------------------------------------------------------------------------------

  propose(count: number, bytes?: number): TxnBytes[] {
    const first = this.leader?.proposes === true ? this.leader.nextZxid() : undefined;
    if (first === undefined) return [];
    const txns = Array.from({ length: count }, (_, index) => txn((first + BigInt(index)) as Zxid, bytes));
    this.toLeader({ type: 'propose', txns });
    return txns;
  }

  /** A sync of a client of this server. */
  sync(syncId: number): void {
    this.#syncs.set(syncId, this.#cluster.oracle.ledger.length);
    if (this.leader === undefined) this.toLearner({ type: 'sync', syncId });
    else this.toLeader({ type: 'sync', syncId });
  }

  /** A snapshot of the tree makes the log before it superfluous, unless a learner still reads there. */
  purge(): void {
    const pinned = [...this.pins.values()];
    this.disk.purge(pinned.reduce((lowest, pin) => (pin < lowest ? pin : lowest), lastZxidOf(this.tree)));
  }

  /** Does the oldest of what waits to be written. */
  performDisk(): void {
    const completion = this.disk.perform();
    if (completion !== undefined) this.#complete(completion);
  }

  #complete(completion: StorageCompletion): void {
    if (completion.type === 'restored') this.#restore();
    if (this.leader !== undefined) {
      assert(completion.type === 'flushed', 'a leader only appends');
      this.toLeader(completion);
      return;
    }
    const { learner } = this;
    this.toLearner(completion);
    if (completion.type === 'truncated' && learner?.needsRestore === true) this.disk.push({ type: 'restore' });
  }

  /** Answers the oldest read of the log. */
  performRead(): void {
    const read = this.reads.shift();
    if (read === undefined) return;
    const { link } = read;
    if (read.type === 'locate') {
      const after = this.disk.read(read.zxid, Number.POSITIVE_INFINITY) ?? [];
      const bytesAfter = after.reduce((sum, { length }) => sum + length, 0);
      const { snapshotBytes } = this.#cluster.options;
      this.toLeader({ type: 'located', link, position: this.disk.locate(read.zxid), bytesAfter, snapshotBytes });
      return;
    }
    const txns = this.disk.read(read.after, read.maxBytes);
    this.toLeader(txns === undefined ? { type: 'logReadFailed', link } : { type: 'logRead', link, txns });
  }

  toLeader(input: LeaderInput): void {
    const { leader } = this;
    if (leader === undefined) return;
    for (const effect of leader.step(input, this.#cluster.now))
      if (this.leader === leader) this.#onLeaderEffect(effect);
  }

  toLearner(input: LearnerInput): void {
    const { learner } = this;
    if (learner === undefined) return;
    for (const effect of learner.step(input, this.#cluster.now))
      if (this.learner === learner) this.#onLearnerEffect(effect);
  }

  // --- Effects ---------------------------------------------------------------------------------------------------------------------------

  #onLeaderEffect(effect: LeaderEffect): void {
    this.#cluster.trace(this, effect);
    switch (effect.type) {
      case 'deliver':
        this.tree.push(...effect.txns);
        return this.#cluster.oracle.onLeaderDelivered(this);
      case 'established':
        this.serving = true;
        return this.#cluster.oracle.onEstablished(this, effect.epoch);
      case 'stepDown':
        return this.#leaveFor(effect.successor);
      case 'transferRefused':
        return;
      case 'requests':
        this.propose(effect.requests.length);
        return;
      case 'revalidate': {
        const { link, sessionId, timeoutMs } = effect;
        return this.toLeader({ type: 'revalidated', link, sessionId, timeoutMs, valid: true });
      }
      case 'touch':
        return;
      case 'syncConfirmed':
        return this.#onSyncConfirmed(effect.syncId);
      case 'send':
        return this.#send(effect.links, effect.packets);
      case 'closeLink':
        return this.#cluster.close(effect.link, this);
      case 'locate':
      case 'readLog':
        this.reads.push(effect);
        return;
      case 'sendSnapshot': {
        check(lastZxidOf(this.tree) === effect.zxid, () => `a snapshot of ${show(effect.zxid)} of another tree`);
        const link = this.#cluster.link(effect.link);
        if (link !== undefined) link.offered = [...this.tree];
        return;
      }
      case 'pinLog':
        this.pins.set(effect.link, effect.after);
        return;
      case 'unpinLog':
        this.pins.delete(effect.link);
        return;
      case 'logTxns':
      case 'writeAcceptedEpoch':
      case 'writeCurrentEpoch':
      case 'flush':
        return this.#store(effect);
    }
  }

  #onLearnerEffect(effect: LearnerEffect): void {
    this.#cluster.trace(this, effect);
    switch (effect.type) {
      case 'configured':
      case 'rolledOver':
        return;
      case 'connect':
        return this.#cluster.dial(this, effect.to);
      case 'deliver':
        this.tree.push(...effect.txns);
        this.#committedLog.add(effect.txns);
        return this.#cluster.oracle.onLearnerDelivered(this);
      case 'serve':
        this.serving = true;
        return this.#cluster.oracle.onLearnerDelivered(this);
      case 'abandon':
        return this.#leaveFor(effect.successor);
      case 'syncConfirmed':
        return this.#onSyncConfirmed(effect.syncId);
      case 'revalidated':
        return;
      case 'pong':
        return this.#send([effect.link], [{ type: 'PING', round: effect.round, sessions: [] }]);
      case 'receiveSnapshot': {
        const link = this.#cluster.link(effect.link);
        if (link !== undefined) link.wanted = effect.zxid;
        return;
      }
      case 'installSnapshot':
        this.#store(effect);
        return this.#store({ type: 'restore' });
      case 'send':
        return this.#send(effect.links, effect.packets);
      case 'closeLink':
        return this.#cluster.close(effect.link, this);
      case 'logTxns':
      case 'writeAcceptedEpoch':
      case 'writeCurrentEpoch':
      case 'flush':
      case 'truncate':
        return this.#store(effect);
      case 'removeDamageMark':
        throw new Error('no server of these tests is damaged');
    }
  }

  #store(effect: Parameters<FakeDisk['push']>[0]): void {
    const completion = this.disk.push(effect);
    if (completion !== undefined) this.#cluster.later(() => this.#complete(completion));
  }

  #send(links: readonly LinkId[], packets: readonly QuorumPacket[]): void {
    for (const id of links) {
      const link = this.#cluster.link(id);
      if (link?.state === 'up') link.queueTo(link.other(this)).push(packets);
    }
  }

  #onSyncConfirmed(syncId: number): void {
    const ledgerLength = this.#syncs.get(syncId);
    this.#syncs.delete(syncId);
    if (ledgerLength !== undefined) this.#cluster.oracle.onSyncConfirmed(this, ledgerLength);
  }
}

export class Cluster {
  readonly options: ClusterOptions;
  readonly servers = new Map<ServerId, Server>();
  readonly oracle: Oracle;
  readonly membership: Membership;
  now = 0;
  #links: Link[] = [];
  #linkCount = 0;
  #trace: Traced[] = [];
  readonly #ends = new Map<LinkId, Link>();
  #later: (() => void)[] = [];

  constructor(setups: readonly ServerSetup[], options: Partial<ClusterOptions> = {}) {
    this.options = { ...DEFAULT_OPTIONS, ...options };
    const address = { host: '127.0.0.1', port: 1 };
    const specifications = setups.map(({ id, observer }) => {
      const role = observer === true ? ('observer' as const) : ('participant' as const);
      return [sid(id), { id: sid(id), role, quorumAddress: address, electionAddress: address }] as const;
    });
    this.membership = new Membership({ version: this.options.configVersion, servers: new Map(specifications) });
    for (const setup of setups) this.servers.set(sid(setup.id), new Server(this, setup));
    this.oracle = new Oracle(
      (holders) => this.membership.verifier.containsQuorum(new Set(holders)),
      () => [...this.servers.values()].filter((server) => !server.observer),
    );
  }

  server(id: number): Server {
    const server = this.servers.get(sid(id));
    assert(server !== undefined, `there is no server ${id}`);
    return server;
  }

  get links(): readonly Link[] {
    return this.#links;
  }

  link(id: LinkId): Link | undefined {
    return this.#links.find((link) => link.id === id);
  }

  linksOf(server: Server): Link[] {
    return this.#links.filter((link) => link.learner === server || link.leader === server);
  }

  /** The link that a learner has to its leader. */
  between(learner: number, leader: number): Link {
    const link = this.#links.findLast((each) => each.learner.sid === learner && each.leader.sid === leader);
    assert(link !== undefined, `no link ${learner}-${leader}`);
    return link;
  }

  // --- Network ---------------------------------------------------------------------------------------------------------------------------

  dial(learner: Server, to: ServerId): void {
    this.#linkCount++;
    const link = new Link(this.#linkCount as LinkId, learner, this.server(to));
    this.#links.push(link);
    this.#ends.set(link.id, link);
    learner.toLearner({ type: 'dialled', link: link.id });
  }

  /** The dialled server takes the link if it leads. */
  answer(link: Link): void {
    if (link.state !== 'dialling') return;
    if (!link.leader.up || link.leader.leader === undefined) return this.#break(link);
    link.state = 'up';
    link.leader.toLeader({ type: 'linkUp', link: link.id, peer: link.learner.sid });
    link.learner.toLearner({ type: 'linkUp', link: link.id });
  }

  /** Delivers the oldest of what waits for `server` on the link. */
  deliver(link: Link, server: Server): void {
    const parcel = link.queueTo(server).shift();
    if (parcel === undefined) return;
    const input = parcel === 'down' ? ({ type: 'linkDown' } as const) : ({ type: 'packets', packets: parcel } as const);
    if (server === link.leader) server.toLeader({ ...input, link: link.id });
    else server.toLearner({ ...input, link: link.id });
    if (parcel === 'down') this.#forget(link, server);
  }

  /** The snapshot has been received whole. */
  completeStream(link: Link): void {
    const { offered, wanted } = link;
    if (offered === undefined || wanted === undefined) return;
    check(lastZxidOf(offered) === wanted, () => `the snapshot on its way is not of ${show(wanted)}`);
    link.offered = undefined;
    link.wanted = undefined;
    link.learner.disk.received = offered;
    link.leader.toLeader({ type: 'snapshotProgress', link: link.id });
    link.learner.toLearner({ type: 'snapshotProgress', link: link.id });
    link.leader.toLeader({ type: 'snapshotSent', link: link.id });
    link.learner.toLearner({ type: 'snapshotReceived', link: link.id });
  }

  /** The network fails: what is on its way is lost, both ends are told. */
  cut(link: Link): void {
    this.#break(link);
  }

  /** `server` closes the link: the other end is told after what is on its way. */
  hangUp(link: Link, server: Server): void {
    if (link.state !== 'down') link.queueTo(link.other(server)).push('down');
    link.state = 'down';
    this.#forget(link, server);
  }

  close(id: LinkId, server: Server): void {
    const link = this.link(id);
    if (link !== undefined) this.hangUp(link, server);
  }

  #break(link: Link): void {
    if (link.state === 'up') link.toLeader = ['down'];
    if (link.state !== 'down') link.toLearner = ['down'];
    link.state = 'down';
  }

  #forget(link: Link, server: Server): void {
    link.queueTo(server).length = 0;
    link.offered = undefined;
    link.wanted = undefined;
    if (link.state === 'down' && link.toLeader.length === 0 && link.toLearner.length === 0)
      this.#links = this.#links.filter((each) => each !== link);
  }

  // --- Running ---------------------------------------------------------------------------------------------------------------------------

  /** Everything that could happen next, except time and faults. */
  *pending(): Generator<() => void> {
    for (const link of this.#links) {
      if (link.state === 'dialling') yield () => this.answer(link);
      if (link.toLeader.length > 0) yield () => this.deliver(link, link.leader);
      if (link.toLearner.length > 0) yield () => this.deliver(link, link.learner);
      if (link.offered !== undefined && link.wanted !== undefined) yield () => this.completeStream(link);
    }
    for (const server of this.servers.values()) {
      if (server.up && server.disk.busy && !server.idle) yield () => server.performDisk();
      if (server.reads.length > 0) yield () => server.performRead();
    }
    for (const action of this.#later) {
      yield () => {
        this.#later = this.#later.filter((each) => each !== action);
        action();
      };
    }
  }

  /** Oldest first, until nothing is left to do. */
  settle(): void {
    for (let steps = 0; ; steps++) {
      assert(steps < 100_000, 'it never becomes quiet');
      const next = this.pending().next();
      if (next.done === true) return;
      next.value();
    }
  }

  later(action: () => void): void {
    this.#later.push(action);
  }

  /** Time passes; everyone is woken. `late`: all were stalled. */
  tick(ms: number, late = false): void {
    this.now += ms;
    for (const server of this.servers.values()) {
      server.toLeader({ type: 'tick', late });
      server.toLearner({ type: 'tick', late });
    }
  }

  /** What every leader and its learners in broadcast hold. */
  checkMembers(): void {
    for (const leader of this.servers.values()) {
      if (leader.leader === undefined || !leader.serving) continue;
      const members = [...this.servers.values()].filter((server) => {
        return server === leader || (server.serving && this.#follows(server, leader));
      });
      checkMembers(members.map((member) => ({ sid: member.sid, history: member.logged })));
    }
  }

  #follows(learner: Server, leader: Server): boolean {
    return this.#links.some((link) => link.learner === learner && link.leader === leader && link.state === 'up');
  }

  // --- Trace -----------------------------------------------------------------------------------------------------------------------------

  trace(server: Server, effect: LeaderEffect | LearnerEffect): void {
    // News of a configuration only.
    if (effect.type === 'configured' && effect.configuration.endsWith('version=0')) return;
    this.#trace.push({ server, effect });
  }

  /** What was asked for since the last look. */
  takeEffects(): Traced[] {
    return this.#trace.splice(0);
  }

  takeTrace(): string[] {
    return this.takeEffects().map((traced) => this.show(traced));
  }

  show({ server, effect }: Traced): string {
    return `${server.sid} ${showEffect(effect, (id) => `${this.#ends.get(id as LinkId)?.other(server).sid}`)}`;
  }
}

export const request = (cxid: number): ForwardedRequest => ({
  sessionId: 1n as SessionId,
  cxid,
  type: 1,
  payload: new Uint8Array(0),
  authInfo: [],
});
