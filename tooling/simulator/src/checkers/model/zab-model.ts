// What Zab's properties are about, derived from the events once for all checkers: logs, what of them is durable, delivered and committed,
// leaders and their epochs. It judges nothing; what it makes of packets stands in packet-reader.ts.

import { counterOf, type Epoch, type Millis, type ServerId, unreachable, type Zxid } from '@zebu/protocol';
import type { HistoryEvent, PacketSummary, TxnSummary } from '../../history/event.ts';
import type { Configuration } from './configuration.ts';
import { EpochModel } from './epoch-model.ts';
import { type HistoryNode, HistoryTree, isPrefix, type Txn } from './history-node.ts';
import { PacketReader } from './packet-reader.ts';
import { type Leading, ServerModel } from './server-model.ts';
import { ZAB_FACTS, type ZabFact, type ZabObserver } from './zab-observer.ts';

const SERVER_EVENTS = [
  'started',
  'ended',
  'refusedToStart',
  'diskState',
  'role',
  'epochDurable',
  'appended',
  'flushed',
  'truncated',
  'snapshotInstalled',
  'cutBack',
  'snapshotWritten',
  'healed',
  'applied',
] as const;

type ServerEvent = Extract<HistoryEvent, { type: (typeof SERVER_EVENTS)[number] }>;

const SERVER_EVENT_TYPES: ReadonlySet<string> = new Set(SERVER_EVENTS);
const isServerEvent = (event: HistoryEvent): event is ServerEvent => SERVER_EVENT_TYPES.has(event.type);

/** Faults after which a disk need not hold what was flushed. */
const DAMAGING_FAULTS: ReadonlySet<string> = new Set(['lostFile', 'flippedBit', 'removeFile', 'flipBit', 'wipe']);

export interface DeliveredTip {
  readonly history: HistoryNode;
  readonly deliverer: ServerId;
}

export class ZabModel {
  readonly tree = new HistoryTree();
  /** From the files that the run began with. */
  readonly #initial: Configuration;
  readonly #observersKeepLog: boolean;
  /** Whom an oracle lets go on alone, as far as they know. */
  readonly #granted = new Set<ServerId>();
  readonly epochs: EpochModel[] = [];
  readonly #servers = new Map<ServerId, ServerModel>();
  readonly #observers = new Map<ZabFact, ZabObserver[]>(ZAB_FACTS.map((fact) => [fact, []]));
  readonly #packets: PacketReader;
  /** The longest histories that were ever delivered: one, unless they diverged. */
  #tips: DeliveredTip[] = [];
  #eventCount = 0;
  #at: Millis = 0;

  constructor(initial: Configuration, observersKeepLog = true) {
    this.#initial = initial;
    this.#observersKeepLog = observersKeepLog;
    this.#packets = new PacketReader(this);
    this.tree.empty.delivered = true;
    this.tree.empty.committed = true;
    this.tree.empty.settled = true;
  }

  get deliveredTips(): readonly DeliveredTip[] {
    return this.#tips;
  }

  /** Of the event that is being read. */
  get eventIndex(): number {
    return this.#eventCount - 1;
  }

  get at(): Millis {
    return this.#at;
  }

  observe(observer: ZabObserver): void {
    for (const fact of ZAB_FACTS) if (observer[fact] !== undefined) this.#observers.get(fact)?.push(observer);
  }

  /** Every checker hands on what it is given; an event counts once. */
  read(event: HistoryEvent, index: number): void {
    if (index < this.#eventCount) return;
    this.#eventCount = index + 1;
    this.#at = event.at;
    if (event.type === 'packetSent') this.#packets.onSent(event);
    else if (event.type === 'packetReceived') this.#packets.onReceived(event);
    else if (event.type === 'oracleAnswered') this.#onOracle(event.server, event.grants);
    else if (event.type === 'fault') this.#onFault(event.kind, event.servers);
    else if (isServerEvent(event)) this.#onServerEvent(this.server(event.server), event);
    // The rest is of clients, of elections, or of no consequence to Zab.
  }

  server(id: ServerId): ServerModel {
    let server = this.#servers.get(id);
    if (server === undefined) {
      server = new ServerModel(id, this.tree.empty);
      this.#servers.set(id, server);
    }
    return server;
  }

  get servers(): Iterable<ServerModel> {
    return this.#servers.values();
  }

  /**
   * The configurations that count for whoever has this history: the newest, and the one before as long as nobody called the newest committed.
   * Of a chain of them all but the last are committed (decisions/0005).
   */
  configurations({ reconfig }: HistoryNode): readonly Configuration[] {
    const newest = reconfig?.txn?.configuration;
    if (reconfig === undefined || newest === undefined) return [this.#initial];
    return reconfig.committed ? [newest] : [newest, this.configurationBefore(reconfig)];
  }

  /** The one that a reconfig, which ends this history, is to replace. */
  configurationBefore(reconfig: HistoryNode): Configuration {
    return reconfig.parent?.reconfig?.txn?.configuration ?? this.#initial;
  }

  /** Of all that count for whoever has this history. */
  isQuorum(history: HistoryNode, servers: ReadonlySet<ServerId>): boolean {
    return this.configurations(history).every((configuration) => this.#isQuorumOf(configuration, servers));
  }

  /** Of two voters, also one that its oracle lets go on alone: what follows from that is the oracle's to answer for, and shows elsewhere. */
  #isQuorumOf(configuration: Configuration, servers: ReadonlySet<ServerId>): boolean {
    const { voters } = configuration;
    const isGranted = voters.size === 2 && [...voters].some((voter) => servers.has(voter) && this.#granted.has(voter));
    return isGranted || configuration.isQuorum(servers);
  }

  /** A quorum acknowledged NEWLEADER; the leader counts by itself. */
  isAccepted({ leader, initialHistory, newLeaderAcks }: EpochModel): boolean {
    return initialHistory !== undefined && this.isQuorum(initialHistory, new Set([leader, ...newLeaderAcks]));
  }

  /**
   * Everything up to the end of the history may be called committed: a quorum of its configuration holds it, and of each reconfig that it brings
   * along, also a quorum of the configuration before.
   */
  mayCommit(history: HistoryNode, fresh: readonly HistoryNode[], holders: (of: HistoryNode) => Set<ServerId>): boolean {
    const [newest] = this.configurations(history);
    if (newest === undefined || !this.#isQuorumOf(newest, holders(history))) return false;
    return fresh.every((reconfig) => {
      const held = holders(reconfig);
      return this.configurationBefore(reconfig).isQuorum(held) && reconfig.txn?.configuration?.isQuorum(held) === true;
    });
  }

  /**
   * What a packet adds to the history that its receiver was given. A reconfig that takes a vote away leaves a learner with proposals, of which it is
   * informed once they are committed, as an observer is.
   */
  news(given: HistoryNode, { type, txns = [] }: PacketSummary): readonly TxnSummary[] {
    if (type === 'PROPOSAL') return txns;
    const first = txns.findIndex((txn) => this.tree.prefixAt(given, txn.zxid)?.txn?.hash !== txn.hash);
    return first === -1 ? [] : txns.slice(first);
  }

  /** Tells those who care for the fact. */
  notify(fact: ZabFact, tell: (observer: ZabObserver) => void): void {
    for (const observer of this.#observers.get(fact) ?? []) tell(observer);
  }

  /** It learns as an observer that writes no txns to its disk. */
  keepsNoLog({ session }: ServerModel): boolean {
    return !this.#observersKeepLog && session?.observer === true;
  }

  /**
   * And nobody takes its ACK of this zxid for a voter's: whoever it learns at follows itself, or counts what the ACK speaks of with configurations in which
   * it has no vote. A reconfig behind that, which gives it one, it acknowledges as a follower.
   */
  needsNoDisk(server: ServerModel, acknowledged: Zxid): boolean {
    const { session, id } = server;
    if (!this.keepsNoLog(server) || session === undefined) return false;
    const { leading } = this.server(session.leader);
    if (leading === undefined) return true;
    const { beforeNewLeader } = session.stream ?? {};
    const history =
      counterOf(acknowledged) === 0 ? beforeNewLeader : this.tree.prefixAt(leading.proposed, acknowledged);
    return this.configurations(history ?? leading.proposed).every(({ voters }) => !voters.has(id));
  }

  // --- What follows from several kinds of events -----------------------------------------------------------------------------------------

  /** The server leads this epoch, as a packet or its view says. */
  lead(server: ServerModel, epoch: Epoch): Leading {
    if (server.leading?.epoch.epoch === epoch) return server.leading;
    const known = this.epochs.find((candidate) => candidate.epoch === epoch && candidate.leader === server.id);
    const model = known ?? new EpochModel(epoch, server.id);
    if (known === undefined) this.epochs.push(model);
    server.session = undefined;
    server.memory = undefined;
    // The epoch rolls over: what it proposed before it may apply now.
    const before = server.leading?.proposed;
    if (before?.committed === true && before.zxid > server.knownCommitted) server.knownCommitted = before.zxid;
    server.leading = { epoch: model, proposed: server.log };
    return server.leading;
  }

  /** Discovery is over: this is the history that the leader makes everybody's. */
  beginSynchronization({ epoch, proposed }: Leading): void {
    if (epoch.initialHistory !== undefined) return;
    epoch.initialHistory = proposed;
    this.notify('onInitialHistory', (observer) => observer.onInitialHistory?.(epoch));
  }

  establish(epoch: EpochModel): void {
    if (epoch.established) return;
    epoch.established = true;
    this.notify('onEstablished', (observer) => observer.onEstablished?.(epoch));
  }

  /** The leader, whose `leading.proposed` is `history` then, sends or logs the last txn of it. */
  propose(server: ServerModel, leading: Leading, history: HistoryNode): void {
    if (isPrefix(leading.proposed, history)) leading.proposed = history;
    const txn = history.txn as Txn;
    if (txn.broadcast !== undefined) return;
    const { epoch } = leading;
    if (epoch.lastBroadcast === undefined) epoch.appliedBeforeBroadcast = server.applied;
    txn.broadcast = { previous: epoch.lastBroadcast };
    epoch.lastBroadcast = txn;
    this.notify('onBroadcast', (observer) => observer.onBroadcast?.(server, epoch, txn));
  }

  commit(server: ServerModel, history: HistoryNode): void {
    if (history.committed) return;
    const fresh = freshReconfigs(history);
    for (let at = history; !at.committed; at = at.parent as HistoryNode) at.committed = true;
    this.notify('onCommitted', (observer) => observer.onCommitted?.(server, history, fresh));
  }

  // --- Servers ---------------------------------------------------------------------------------------------------------------------------

  #onServerEvent(server: ServerModel, event: ServerEvent): void {
    switch (event.type) {
      case 'started':
        return this.#onStarted(server);
      case 'ended':
        this.#leaveRole(server);
        if (event.how === 'fatal')
          this.notify('onEnded', (observer) => observer.onEnded?.(server, event.reason ?? 'no reason given'));
        return;
      case 'refusedToStart':
        this.notify('onEnded', (observer) => observer.onEnded?.(server, event.reason));
        return;
      case 'diskState':
        return this.#onDiskState(server, event);
      case 'role':
        return this.#onRole(server, event);
      case 'epochDurable':
        return this.#onEpochDurable(server, event.which, event.epoch);
      case 'appended':
        return this.#onAppended(server, event);
      case 'flushed':
        return this.#onFlushed(server, event.zxid);
      case 'truncated':
        server.truncatingTo = undefined;
        if (event.done) this.#replaceLog(server, this.tree.floor(server.log, event.zxid));
        return;
      case 'snapshotInstalled':
        return this.#onSnapshotInstalled(server, event.zxid);
      case 'cutBack':
        this.notify('onCutBack', (observer) => observer.onCutBack?.(server, event.zxid));
        return this.#setLog(server, this.#snapshotAt(server, event.zxid) ?? this.tree.floor(server.log, event.zxid));
      case 'snapshotWritten':
        server.snapshot = this.historyAt(server, event.zxid);
        return;
      case 'healed':
        this.notify('onHealed', (observer) => observer.onHealed?.(server));
        server.marked = false;
        return;
      case 'applied':
        return this.#onApplied(server, event);
      default:
        return unreachable(event);
    }
  }

  #onStarted(server: ServerModel): void {
    this.#leaveRole(server);
    if (!server.booting) server.appliedBefore = server.applied;
    server.booting = true;
    server.applied = this.tree.empty;
    server.memory = undefined;
    server.knownCommitted = this.tree.empty.zxid;
  }

  #leaveRole(server: ServerModel): void {
    server.state = 'LOOKING';
    server.zabState = 'ELECTION';
    server.serving = false;
    server.leading = undefined;
    server.ledBefore = undefined;
    server.session = undefined;
  }

  #onDiskState(server: ServerModel, event: Extract<ServerEvent, { type: 'diskState' }>): void {
    this.notify('onDiskState', (observer) => observer.onDiskState?.(server, event));
    // Which files a damaged disk still has, nobody knows.
    if (server.damaged) server.snapshot = undefined;
    const log = this.historyOnDisk(server, event.lastLoggedZxid) ?? this.tree.unseen(event.lastLoggedZxid);
    server.acceptedEpoch = event.acceptedEpoch;
    server.currentEpoch = event.currentEpoch;
    // Amid a role a leader's packets may be ahead of the disk: SNAP can follow TRUNC while the log is being cut.
    if (event.cause === 'fenced') {
      server.ledBefore = undefined;
      // The next role goes on from the tree, and not from a tail that an earlier role logged.
      if (this.keepsNoLog(server)) server.memory = server.applied;
    } else if (server.state === 'LOOKING') server.memory = undefined;
    if (server.booting || event.cause === 'fenced') {
      server.truncatingTo = undefined;
      server.installing = undefined;
    }
    // What is gone for a good reason must not be missed again.
    if (server.booting) forgetSnapshotBeyond(server, log);
    server.booting = false;
    server.damaged = false;
    server.marked = event.damaged === true;
    server.known = true;
    // What is read back is made durable before it is voted with, and a fence waits for what was under way.
    server.durable = log;
    this.#setLog(server, log);
  }

  /** What a disk can hold that ends with this zxid: the log, a snapshot of its own, or one that it was about to install. */
  historyOnDisk(server: ServerModel, zxid: Zxid): HistoryNode | undefined {
    const { log, installing, appliedBefore } = server;
    const ofLog = this.tree.prefixAt(log, zxid) ?? (installing?.zxid === zxid ? installing : undefined);
    const ofSnapshot = ofLog ?? this.#snapshotAt(server, zxid);
    return ofSnapshot ?? (server.booting ? this.tree.prefixAt(appliedBefore, zxid) : undefined);
  }

  /** Commits can overtake one's own disk, so that the newest snapshot holds txns whose turn to be logged never came. */
  #snapshotAt({ snapshot }: ServerModel, zxid: Zxid): HistoryNode | undefined {
    return snapshot?.zxid === zxid ? snapshot : undefined;
  }

  #onRole(server: ServerModel, event: Extract<ServerEvent, { type: 'role' }>): void {
    const { state, zabState, serving, epoch } = event;
    server.state = state;
    server.zabState = zabState;
    server.serving = serving;
    if (state !== 'LEADING') {
      server.ledBefore = server.leading ?? server.ledBefore;
      server.leading = undefined;
    } else if (zabState === 'SYNCHRONIZATION' || zabState === 'BROADCAST') {
      const leading = this.lead(server, epoch);
      this.beginSynchronization(leading);
      if (zabState === 'BROADCAST') this.establish(leading.epoch);
    }
    this.notify('onRole', (observer) => observer.onRole?.(server));
    // Whoever serves knows all that its tree holds to be committed, what it read back at its start too.
    if (serving) this.#deliver(server, server.applied);
  }

  #onEpochDurable(server: ServerModel, which: 'acceptedEpoch' | 'currentEpoch', epoch: Epoch): void {
    this.notify('onEpochDurable', (observer) => observer.onEpochDurable?.(server, which, epoch));
    server[which] = epoch;
    if (which === 'acceptedEpoch') return;
    server.memberOf = epoch;
    this.notify('onHistory', (observer) => observer.onHistory?.(server));
  }

  #onAppended(server: ServerModel, { txns }: Extract<ServerEvent, { type: 'appended' }>): void {
    const leading = server.leading ?? server.ledBefore;
    for (const txn of txns) {
      server.log = this.tree.extend(server.log, txn);
      if (leading === undefined) continue;
      if (server.log.txn?.epoch === leading.epoch.epoch) this.propose(server, leading, server.log);
    }
    this.notify('onHistory', (observer) => observer.onHistory?.(server));
  }

  #onFlushed(server: ServerModel, zxid: Zxid): void {
    const durable = this.tree.prefixAt(server.log, zxid);
    if (durable === undefined || durable.depth <= server.durable.depth) return;
    server.durable = durable;
    this.#commitAlone(server);
  }

  /** A leader that is a quorum by itself commits what it flushed; when nobody follows there is no COMMIT that would tell. */
  #commitAlone(server: ServerModel): void {
    const { id, leading, durable } = server;
    if (leading?.epoch.established !== true || durable.txn?.epoch !== leading.epoch.epoch) return;
    if (!this.configurations(durable).every((configuration) => configuration.isQuorum(new Set([id])))) return;
    this.commit(server, durable);
    if (durable.zxid > server.knownCommitted) server.knownCommitted = durable.zxid;
  }

  #onSnapshotInstalled(server: ServerModel, zxid: Zxid): void {
    const snapshot = server.installing?.zxid === zxid ? server.installing : this.tree.unseen(zxid);
    server.installing = undefined;
    this.#replaceLog(server, snapshot);
    server.durable = snapshot;
  }

  /** At a leader's word. */
  #replaceLog(server: ServerModel, log: HistoryNode): void {
    forgetSnapshotBeyond(server, log);
    this.notify('onReplacing', (observer) => observer.onReplacing?.(server, log));
    this.#setLog(server, log);
  }

  #setLog(server: ServerModel, log: HistoryNode): void {
    if (!isPrefix(server.durable, log)) server.durable = log;
    if (server.log === log) return;
    server.log = log;
    this.notify('onHistory', (observer) => observer.onHistory?.(server));
  }

  #onApplied(server: ServerModel, event: Extract<ServerEvent, { type: 'applied' }>): void {
    const history = this.historyAt(server, event.zxid);
    this.notify('onApplied', (observer) => observer.onApplied?.(server, event, history));
    if (event.by === 'restore') {
      // Of a snapshot that a leader sent, with what it was informed of meanwhile; or of the disk, for a role that logs.
      if (this.keepsNoLog(server)) server.memory = history;
      server.applied = history ?? this.tree.unseen(event.zxid);
      return;
    }
    if (history === undefined) return;
    server.applied = history;
    if (this.keepsNoLog(server)) server.memory = history;
    this.commit(server, history);
    this.#deliver(server, history);
  }

  /** What the core has may not have reached the log yet: a leader sends first, and a commit can overtake one's own disk. */
  historyAt(server: ServerModel, zxid: Zxid): HistoryNode | undefined {
    const { held, session } = server;
    const logged = this.tree.prefixAt(held, zxid);
    if (logged !== undefined) return logged;
    const leading = server.leading ?? server.ledBefore;
    const proposed = leading === undefined ? undefined : this.tree.prefixAt(leading.proposed, zxid);
    if (proposed !== undefined) return proposed;
    const received = session?.stream?.history ?? session?.given;
    return received === undefined ? undefined : this.tree.prefixAt(received, zxid);
  }

  #deliver(server: ServerModel, history: HistoryNode): void {
    if (history.delivered) return;
    const fresh: HistoryNode[] = [];
    for (let at = history; !at.delivered; at = at.parent as HistoryNode) {
      at.delivered = true;
      fresh.push(at);
    }
    fresh.reverse();
    this.notify('onDelivered', (observer) => observer.onDelivered?.(server, fresh));
    const others = this.#tips.filter((tip) => !isPrefix(tip.history, history));
    for (const { history: other, deliverer } of others)
      this.notify('onDivergence', (observer) => observer.onDivergence?.(server, history, other, deliverer));
    this.#tips = [...others, { history, deliverer: server.id }];
  }

  #onOracle(server: ServerId, grants: boolean): void {
    if (grants) this.#granted.add(server);
    else this.#granted.delete(server);
  }

  #onFault(kind: string, ids: readonly ServerId[]): void {
    if (!DAMAGING_FAULTS.has(kind)) return;
    for (const id of ids) {
      const server = this.server(id);
      if (!server.damaged) server.durableBeforeDamage = server.durable;
      server.damaged = true;
      server.wasDamaged = true;
      server.memberOf = undefined;
    }
  }
}

/** Reconfigs of a history that nobody called committed yet, the newest first. */
export function freshReconfigs(history: HistoryNode): HistoryNode[] {
  const fresh: HistoryNode[] = [];
  for (let at = history.reconfig; at !== undefined && !at.committed; at = at.parent?.reconfig) fresh.push(at);
  return fresh;
}

function forgetSnapshotBeyond(server: ServerModel, log: HistoryNode): void {
  if (server.snapshot !== undefined && !isPrefix(server.snapshot, log)) server.snapshot = undefined;
}
