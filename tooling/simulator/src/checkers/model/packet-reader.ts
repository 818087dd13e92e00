// What the packets between servers say of histories: whom a leader brought to which, who acknowledged what, what is committed.

import { counterOf, epochOf, NO_ZXID, type ServerId, unreachable, type Zxid } from '@zebu/protocol';
import type { HistoryEvent, PacketSummary, TxnSummary } from '../../history/event.ts';
import type { HistoryNode } from './history-node.ts';
import type { ServerModel, Session } from './server-model.ts';
import type { ZabModel } from './zab-model.ts';

type PacketEvent = Extract<HistoryEvent, { packet: PacketSummary }>;

export class PacketReader {
  readonly #model: ZabModel;

  constructor(model: ZabModel) {
    this.#model = model;
  }

  onSent({ from, to, packet }: PacketEvent): void {
    const sender = this.#model.server(from);
    this.#model.notify('onSending', (observer) => observer.onSending?.(sender, to, packet));
    switch (packet.type) {
      case 'FOLLOWERINFO':
      case 'OBSERVERINFO':
        sender.session = sessionWith(to, packet.type === 'OBSERVERINFO');
        if (packet.type === 'FOLLOWERINFO') sender.memory = undefined;
        return;
      case 'LEADERINFO':
        return this.#onLeaderInfoSent(sender, to, packet);
      case 'ACKEPOCH':
        this.#noteMemory(sender, packet);
        sender.announced.set(to, this.#holdingsOf(sender));
        return;
      case 'DIFF':
      case 'TRUNC':
      case 'SNAP':
        return this.#onStreamBegun(sender, to, packet);
      case 'PROPOSAL':
      case 'INFORM':
      case 'INFORMANDACTIVATE':
        return this.#onTxnsSent(sender, to, packet);
      case 'NEWLEADER':
        return this.#onNewLeaderSent(sender, to, zxidOf(packet));
      case 'COMMIT':
      case 'COMMITANDACTIVATE':
        return this.#onCommitSent(sender, zxidOf(packet));
      case 'ACK':
        return this.#onAckSent(sender, zxidOf(packet));
      case 'UPTODATE':
      case 'PING':
      case 'REQUEST':
      case 'SYNC':
      case 'REVALIDATE':
        return;
      default:
        unreachable(packet.type);
    }
  }

  onReceived({ from, to, packet }: PacketEvent): void {
    const receiver = this.#model.server(to);
    const session = receiver.session?.leader === from ? receiver.session : undefined;
    switch (packet.type) {
      case 'LEADERINFO':
        if (session === undefined) return;
        session.given = session.stream?.history;
        session.stream = this.#model.server(from).streams.get(to);
        // Of the new epoch, when the leader's rolls over.
        session.receivedNewLeader = false;
        session.sentNewLeaderAck = false;
        return;
      case 'ACKEPOCH': {
        const stream = receiver.streams.get(from);
        if (stream !== undefined) stream.announced = this.#model.server(from).announced.get(to);
        return;
      }
      case 'DIFF':
      case 'TRUNC':
      case 'SNAP':
        // From here on its history is this leader's to change.
        receiver.memberOf = undefined;
        if (packet.type === 'TRUNC') receiver.truncatingTo = zxidOf(packet);
        if (packet.type === 'SNAP')
          receiver.installing = session?.stream?.snapshot ?? this.#model.tree.unseen(zxidOf(packet));
        return;
      case 'NEWLEADER':
        if (session !== undefined) session.receivedNewLeader = true;
        return;
      case 'COMMIT':
      case 'COMMITANDACTIVATE':
        return noteCommitted(receiver, zxidOf(packet));
      case 'INFORM':
      case 'INFORMANDACTIVATE':
        return noteCommitted(receiver, lastZxid(packet.txns));
      case 'ACK':
        return this.#onAckReceived(receiver, from, zxidOf(packet));
      case 'FOLLOWERINFO':
      case 'OBSERVERINFO':
      case 'PROPOSAL':
      case 'UPTODATE':
      case 'PING':
      case 'REQUEST':
      case 'SYNC':
      case 'REVALIDATE':
        return;
      default:
        unreachable(packet.type);
    }
  }

  /** What an observer without a log goes on from, it says: its disk may hold more, of a role that logged and did not hear what is committed. */
  #noteMemory(learner: ServerModel, { zxid }: PacketSummary): void {
    if (zxid === undefined || zxid === NO_ZXID || !this.#model.keepsNoLog(learner)) return;
    learner.memory = this.#model.tree.prefixAt(learner.held, zxid) ?? learner.memory;
  }

  /** An observer without a log that goes on in a new epoch holds all that it was given in the one before, applied or not. */
  #holdingsOf(learner: ServerModel): HistoryNode {
    const given = this.#model.keepsNoLog(learner) ? learner.session?.given : undefined;
    return given ?? learner.held;
  }

  #onLeaderInfoSent(leader: ServerModel, to: ServerId, packet: PacketSummary): void {
    const { epoch } = packet;
    if (epoch === undefined) return;
    if (!servesAsFollower(leader)) this.#model.lead(leader, epoch);
    leader.streams.set(to, {
      epoch,
      announced: undefined,
      history: undefined,
      snapshot: undefined,
      beforeNewLeader: undefined,
    });
  }

  #onStreamBegun(leader: ServerModel, to: ServerId, packet: PacketSummary): void {
    const stream = leader.streams.get(to);
    if (stream === undefined) return;
    const { tree } = this.#model;
    const learners = stream.announced ?? tree.empty;
    if (packet.type === 'DIFF') {
      stream.history = learners;
      return;
    }
    const zxid = zxidOf(packet);
    const own = packet.type === 'TRUNC' ? tree.prefixAt(learners, zxid) : this.#historyOf(leader, zxid);
    stream.history = own ?? tree.unseen(zxid);
    if (packet.type === 'SNAP') stream.snapshot = stream.history;
  }

  #onTxnsSent(leader: ServerModel, to: ServerId, packet: PacketSummary): void {
    const stream = leader.streams.get(to);
    let history = stream?.history;
    if (stream === undefined || history === undefined) return;
    for (const txn of this.#model.news(history, packet)) history = this.#sendTxn(leader, history, txn);
    stream.history = history;
    if (packet.type === 'PROPOSAL') return;
    const informed = this.#model.tree.prefixAt(history, lastZxid(packet.txns));
    if (informed !== undefined) this.#model.commit(leader, informed);
  }

  #sendTxn(leader: ServerModel, history: HistoryNode, txn: TxnSummary): HistoryNode {
    const next = this.#model.tree.extend(history, txn);
    const { leading } = leader;
    // What is sent may be ahead of the leader's own log.
    if (leading !== undefined && epochOf(txn.zxid) === leading.epoch.epoch) this.#model.propose(leader, leading, next);
    return next;
  }

  #onNewLeaderSent(leader: ServerModel, to: ServerId, zxid: Zxid): void {
    if (!servesAsFollower(leader)) this.#model.beginSynchronization(this.#model.lead(leader, epochOf(zxid)));
    const stream = leader.streams.get(to);
    if (stream !== undefined) stream.beforeNewLeader = stream.history;
  }

  #onCommitSent(leader: ServerModel, zxid: Zxid): void {
    const history = this.#historyOf(leader, zxid);
    if (history !== undefined) this.#model.commit(leader, history);
  }

  #historyOf(leader: ServerModel, zxid: Zxid): HistoryNode | undefined {
    if (servesAsFollower(leader)) return this.#model.historyAt(leader, zxid);
    return this.#model.tree.prefixAt(leader.leading?.proposed ?? leader.log, zxid);
  }

  #onAckSent(learner: ServerModel, zxid: Zxid): void {
    const { session } = learner;
    if (counterOf(zxid) === 0) {
      if (session !== undefined) session.sentNewLeaderAck = true;
      return;
    }
    const history = this.#model.tree.prefixAt(learner.log, zxid);
    if (history !== undefined)
      this.#model.notify('onAcknowledged', (observer) => observer.onAcknowledged?.(learner, history));
  }

  #onAckReceived(leader: ServerModel, from: ServerId, zxid: Zxid): void {
    const epoch = leader.leading?.epoch;
    if (epoch === undefined || epochOf(zxid) !== epoch.epoch || this.#model.server(from).marked) return;
    const isOfNewLeader = counterOf(zxid) === 0;
    const acknowledged = isOfNewLeader ? leader.streams.get(from)?.beforeNewLeader?.zxid : zxid;
    if (acknowledged !== undefined && acknowledged > (epoch.acks.get(from) ?? -1n)) epoch.acks.set(from, acknowledged);
    if (!isOfNewLeader) return;
    epoch.newLeaderAcks.add(from);
    if (this.#model.isAccepted(epoch)) this.#model.establish(epoch);
  }
}

const sessionWith = (leader: ServerId, observer: boolean): Session => ({
  leader,
  observer,
  stream: undefined,
  given: undefined,
  receivedNewLeader: false,
  sentNewLeaderAck: false,
});

/** To observers, who hear of its leader's epoch from it. */
const servesAsFollower = ({ state }: ServerModel): boolean => state === 'FOLLOWING';

const zxidOf = (packet: PacketSummary): Zxid => packet.zxid ?? (0n as Zxid);

const lastZxid = (txns: readonly TxnSummary[] | undefined): Zxid => txns?.[txns.length - 1]?.zxid ?? (0n as Zxid);

function noteCommitted(learner: ServerModel, zxid: Zxid): void {
  if (zxid > learner.knownCommitted) learner.knownCommitted = zxid;
}
