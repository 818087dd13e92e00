// Histories written by hand: small words for the events of servers, and longer ones for what a correct ensemble does, from which a story departs.

import { type Epoch, makeZxid, type ServerId, type ServerState, type Zxid, ZERO_ZXID } from '@zebu/protocol';
import type { ZabState } from '@zebu/interfaces';
import type { HistoryEvent, HistoryFact, PacketSummary, TxnSummary } from '../../src/history/event.ts';

export const VOTERS: ReadonlySet<ServerId> = new Set([1, 2, 3] as ServerId[]);

export const zxid = (epoch: number, counter: number): Zxid => makeZxid(epoch as Epoch, counter);

/** Two of the same zxid and of another `content` are two txns. */
export const txn = (epoch: number, counter: number, content = 7): TxnSummary => ({
  zxid: zxid(epoch, counter),
  hash: content,
  bytes: 0,
});

/** A reconfig that leaves these voters. */
export const reconfig = (epoch: number, counter: number, voters: readonly number[]): TxnSummary => ({
  ...txn(epoch, counter, 1000 + voters.reduce((sum, voter) => 10 * sum + voter, 0)),
  configuration: `${voters.map((id) => `server.${id}=simulated:${1000 + id}:${3000 + id}:participant`).join('\n')}
version=${zxid(epoch, counter).toString(16)}`,
});

interface Disk {
  log: TxnSummary[];
  acceptedEpoch: number;
  currentEpoch: number;
}

const endOf = (log: readonly TxnSummary[]): Zxid => log[log.length - 1]?.zxid ?? ZERO_ZXID;

export class Story {
  readonly events: HistoryEvent[] = [];
  readonly #disks = new Map<number, Disk>();

  disk(id: number): Disk {
    const disk = this.#disks.get(id) ?? { log: [], acceptedEpoch: 0, currentEpoch: 0 };
    this.#disks.set(id, disk);
    return disk;
  }

  /** From before the run. */
  has(ids: readonly number[], disk: Disk): this {
    for (const id of ids) this.#disks.set(id, { ...disk, log: [...disk.log] });
    return this;
  }

  add(fact: HistoryFact): this {
    this.events.push({ at: this.events.length, ...fact } as HistoryEvent);
    return this;
  }

  // --- Events of one server --------------------------------------------------------------------------------------------------------------

  #server(id: number, fact: Record<string, unknown>): this {
    return this.add({ server: id as ServerId, ...fact } as HistoryFact);
  }

  role(
    id: number,
    state: ServerState,
    zabState: ZabState,
    more: { readonly epoch?: number; readonly leader?: number; readonly serving?: boolean } = {},
  ): this {
    const { epoch = this.disk(id).currentEpoch, leader, serving = false } = more;
    return this.#server(id, { type: 'role', state, zabState, leader, epoch, serving });
  }

  accepted(id: number, epoch: number): this {
    this.disk(id).acceptedEpoch = epoch;
    return this.#server(id, { type: 'epochDurable', which: 'acceptedEpoch', epoch });
  }

  current(id: number, epoch: number): this {
    this.disk(id).currentEpoch = epoch;
    return this.#server(id, { type: 'epochDurable', which: 'currentEpoch', epoch });
  }

  appended(id: number, ...txns: TxnSummary[]): this {
    this.disk(id).log.push(...txns);
    return txns.length === 0 ? this : this.#server(id, { type: 'appended', txns });
  }

  flushed(id: number, last: Zxid = endOf(this.disk(id).log)): this {
    return this.#server(id, { type: 'flushed', zxid: last });
  }

  logs(id: number, ...txns: TxnSummary[]): this {
    return this.appended(id, ...txns).flushed(id);
  }

  truncated(id: number, last: Zxid): this {
    this.#cut(id, last);
    return this.#server(id, { type: 'truncated', zxid: last, done: true });
  }

  cutBack(id: number, last: Zxid): this {
    this.#cut(id, last);
    return this.#server(id, { type: 'cutBack', zxid: last });
  }

  snapshotWritten(id: number, last: Zxid): this {
    return this.#server(id, { type: 'snapshotWritten', zxid: last });
  }

  configurationWritten(id: number, version: Zxid): this {
    return this.#server(id, { type: 'configurationWritten', version });
  }

  snapshotInstalled(id: number, log: readonly TxnSummary[]): this {
    this.disk(id).log = [...log];
    return this.#server(id, { type: 'snapshotInstalled', zxid: endOf(log) });
  }

  #cut(id: number, last: Zxid): void {
    const disk = this.disk(id);
    disk.log = disk.log.filter((entry) => entry.zxid <= last);
  }

  applied(id: number, last: Zxid, by: 'step' | 'restore' = 'step', digest = `of ${last}`): this {
    return this.#server(id, { type: 'applied', zxid: last, digest, by });
  }

  ended(id: number, how: 'powerLoss' | 'kill' | 'stop' | 'fatal', reason?: string): this {
    return this.#server(id, { type: 'ended', how, ...(reason === undefined ? {} : { reason }) });
  }

  refused(id: number, reason: string): this {
    return this.#server(id, { type: 'refusedToStart', reason });
  }

  /** Comes up with what its disk holds, or with what is said. */
  boots(
    id: number,
    says: {
      readonly last?: Zxid;
      readonly acceptedEpoch?: number;
      readonly currentEpoch?: number;
      readonly damaged?: true;
    } = {},
  ) {
    const disk = this.disk(id);
    const { last = endOf(disk.log), acceptedEpoch = disk.acceptedEpoch, currentEpoch = disk.currentEpoch } = says;
    this.#cut(id, last);
    Object.assign(disk, { acceptedEpoch, currentEpoch });
    this.#server(id, { type: 'started', incarnation: 1 });
    const damaged = says.damaged === undefined ? {} : { damaged: says.damaged };
    const epochs = { acceptedEpoch, currentEpoch, ...damaged };
    this.#server(id, { type: 'diskState', cause: 'restored', lastLoggedZxid: last, ...epochs });
    if (last > 0n) this.applied(id, last, 'restore');
    return this.role(id, 'LOOKING', 'ELECTION');
  }

  healed(id: number): this {
    return this.#server(id, { type: 'healed' });
  }

  fenced(id: number): this {
    return this.#diskState(id, 'fenced');
  }

  /** Amid a role, at its wish. */
  reads(id: number): this {
    return this.#diskState(id, 'restored');
  }

  #diskState(id: number, cause: 'fenced' | 'restored'): this {
    const { log, acceptedEpoch, currentEpoch } = this.disk(id);
    return this.#server(id, { type: 'diskState', cause, lastLoggedZxid: endOf(log), acceptedEpoch, currentEpoch });
  }

  looks(id: number): this {
    return this.role(id, 'LOOKING', 'ELECTION').fenced(id);
  }

  fault(kind: string, ...servers: number[]): this {
    return this.add({ type: 'fault', kind, description: kind, servers: servers as ServerId[] });
  }

  // --- Packets ---------------------------------------------------------------------------------------------------------------------------

  sent(from: number, to: number, packet: PacketSummary): this {
    return this.add({ type: 'packetSent', from: from as ServerId, to: to as ServerId, packet });
  }

  received(from: number, to: number, packet: PacketSummary): this {
    return this.add({ type: 'packetReceived', from: from as ServerId, to: to as ServerId, packet });
  }

  packet(from: number, to: number, packet: PacketSummary): this {
    return this.sent(from, to, packet).received(from, to, packet);
  }

  // --- What a correct ensemble does ------------------------------------------------------------------------------------------------------

  /** The leader is about to propose this epoch. */
  proposesEpoch(leader: number, epoch: number): this {
    return this.role(leader, 'LEADING', 'DISCOVERY', { leader }).accepted(leader, epoch);
  }

  /** A learner's part in discovery. */
  joins(learner: number, leader: number, epoch: number): this {
    const { acceptedEpoch, currentEpoch, log } = this.disk(learner);
    const isVoter = VOTERS.has(learner as ServerId);
    this.role(learner, isVoter ? 'FOLLOWING' : 'OBSERVING', 'DISCOVERY', { leader });
    this.packet(learner, leader, {
      type: isVoter ? 'FOLLOWERINFO' : 'OBSERVERINFO',
      epoch: acceptedEpoch as Epoch,
    });
    this.packet(leader, learner, { type: 'LEADERINFO', epoch: epoch as Epoch });
    const again = acceptedEpoch === epoch;
    if (!again) this.accepted(learner, epoch);
    this.packet(learner, leader, {
      type: 'ACKEPOCH',
      epoch: (again ? -1 : currentEpoch) as Epoch,
      zxid: endOf(log),
    });
    return this.role(learner, isVoter ? 'FOLLOWING' : 'OBSERVING', 'SYNCHRONIZATION', { leader, epoch });
  }

  beginsToSynchronize(leader: number, epoch: number): this {
    return this.current(leader, epoch).role(leader, 'LEADING', 'SYNCHRONIZATION', { leader, epoch });
  }

  /** By DIFF, or TRUNC when the learner has what the leader has not; up to NEWLEADER, which is not answered yet. `upTo` is for observers. */
  hands(leader: number, learner: number, upTo = endOf(this.disk(leader).log)): this {
    const own = this.disk(leader).log.filter((entry) => entry.zxid <= upTo);
    const learners = this.disk(learner).log;
    const known = learners.filter((entry) => own.includes(entry));
    if (known.length === learners.length) this.packet(leader, learner, { type: 'DIFF', zxid: endOf(own) });
    else this.packet(leader, learner, { type: 'TRUNC', zxid: endOf(known) }).truncated(learner, endOf(known));
    const rest = own.slice(known.length);
    if (rest.length > 0) this.packet(leader, learner, { type: 'PROPOSAL', txns: rest }).logs(learner, ...rest);
    return this.newLeader(leader, learner);
  }

  newLeader(leader: number, learner: number): this {
    const epoch = this.disk(leader).currentEpoch;
    return this.packet(leader, learner, { type: 'NEWLEADER', zxid: zxid(epoch, 0) });
  }

  acksNewLeader(learner: number, leader: number): this {
    const epoch = this.disk(leader).currentEpoch;
    return this.current(learner, epoch).packet(learner, leader, { type: 'ACK', zxid: zxid(epoch, 0) });
  }

  /** With a quorum: all of its history is committed. */
  isEstablished(leader: number): this {
    const { currentEpoch: epoch, log } = this.disk(leader);
    this.#applyBehind(leader, endOf(log));
    return this.role(leader, 'LEADING', 'BROADCAST', { leader, epoch, serving: true });
  }

  becomesUpToDate(learner: number, leader: number, committed = endOf(this.disk(leader).log)): this {
    const epoch = this.disk(leader).currentEpoch;
    this.packet(leader, learner, { type: 'COMMIT', zxid: committed });
    this.#applyBehind(learner, committed);
    this.packet(leader, learner, { type: 'UPTODATE', zxid: zxid(epoch, 0) });
    const state = VOTERS.has(learner as ServerId) ? 'FOLLOWING' : 'OBSERVING';
    return this.role(learner, state, 'BROADCAST', { leader, epoch, serving: true });
  }

  /** All of an epoch's beginning. */
  leads(leader: number, followers: readonly number[], epoch: number): this {
    this.proposesEpoch(leader, epoch);
    for (const follower of followers) this.joins(follower, leader, epoch);
    this.beginsToSynchronize(leader, epoch);
    for (const follower of followers) this.hands(leader, follower).acksNewLeader(follower, leader);
    this.isEstablished(leader);
    for (const follower of followers) this.becomesUpToDate(follower, leader);
    return this;
  }

  /** Sent, logged and durable everywhere, acknowledged; not committed yet. */
  proposes(leader: number, followers: readonly number[], ...txns: TxnSummary[]): this {
    for (const follower of followers) this.packet(leader, follower, { type: 'PROPOSAL', txns });
    this.logs(leader, ...txns);
    for (const follower of followers)
      this.logs(follower, ...txns).packet(follower, leader, { type: 'ACK', zxid: endOf(txns) });
    return this;
  }

  commits(leader: number, followers: readonly number[], last: Zxid): this {
    for (const follower of followers) this.packet(leader, follower, { type: 'COMMIT', zxid: last });
    for (const server of [leader, ...followers]) this.#applyBehind(server, last);
    return this;
  }

  broadcasts(leader: number, followers: readonly number[], ...txns: TxnSummary[]): this {
    return this.proposes(leader, followers, ...txns).commits(leader, followers, endOf(txns));
  }

  /** Its tree moves there, if it is not there yet. */
  #applyBehind(id: number, last: Zxid): void {
    const before = this.events.findLast((event) => event.type === 'applied' && event.server === id);
    const restarted = this.events.findLastIndex((event) => event.type === 'started' && event.server === id);
    const isOld = before === undefined || this.events.indexOf(before) < restarted;
    const at = isOld || before.type !== 'applied' ? ZERO_ZXID : before.zxid;
    if (last > at) this.applied(id, last);
  }
}

/** Three voters that came up with empty disks. */
export const threeServers = (): Story => new Story().boots(1).boots(2).boots(3);

/** Three voters, of which server 1 leads epoch 1. */
export const firstEpoch = (): Story => threeServers().leads(1, [2, 3], 1);
