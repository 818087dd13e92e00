// Peers whose world is values: messages, disks and time move only when the test says so.

import { createFastLeaderElection } from '@zebu/fle';
import type { ConnectionId, LinkId, Logger, QuorumPort, TransferOutcome } from '@zebu/interfaces';
import {
  type ContainerOptions,
  createQuorumPeer,
  createStandalonePeer,
  DEFAULT_CONTAINER_OPTIONS,
  DEFAULT_PREP_OPTIONS,
  DEFAULT_REQUEST_LIMITS,
  type ObserverOptions,
  type Peer,
  type PeerEffect,
  type PeerInput,
  type PeerOptions,
  type PrepOptions,
  type QuorumDependencies,
  type QuorumOptions,
} from '@zebu/peer';
import {
  type Ensemble,
  type Notification,
  parseEnsembleText,
  type QuorumPacket,
  type ServerAddress,
  type ServerId,
  type TxnBytes,
} from '@zebu/protocol';
import { FakeDisk } from './fake-disk.ts';

export const TICK_MS = 100;
const quiet = (): void => undefined;
const SILENT: Logger = { debug: quiet, info: quiet, warn: quiet, error: quiet };

const NO_OBSERVER_OPTIONS: ObserverOptions = {
  masters: false,
  keepsLog: true,
  electionDelayMs: 0,
  reconnectDelayMs: 0,
};

const createFle: QuorumDependencies['createElection'] = (dependencies) =>
  createFastLeaderElection(dependencies, {
    finalizeWaitMs: 20,
    minNotificationIntervalMs: 20,
    maxNotificationIntervalMs: 200,
  });

type Message =
  | { readonly kind: 'notification'; readonly notification: Notification }
  | { readonly kind: 'packets'; readonly link: LinkId; readonly packets: readonly QuorumPacket[] }
  | {
      readonly kind: 'linkUp';
      readonly link: LinkId;
      readonly direction: 'outgoing' | 'incoming';
      readonly port: QuorumPort;
    }
  | { readonly kind: 'linkDown'; readonly link: LinkId }
  | { readonly kind: 'snapshot'; readonly link: LinkId; readonly body: Uint8Array; readonly zxid: bigint };

export class Server {
  readonly id: ServerId;
  readonly disk = new FakeDisk();
  readonly sent = new Map<ConnectionId, Uint8Array[]>();
  readonly closed = new Set<ConnectionId>();
  peer: Peer | undefined;
  /** What the peer asked for, in order, for tests that look at it. */
  effects: PeerEffect[] = [];
  wanted = new Set<LinkId>();
  /** Its configuration file, until a dynamic one is written. */
  readonly configured: Ensemble;
  /** Whom it may dial. */
  known: Ensemble;
  clientAddress: ServerAddress | undefined;
  /** How the transfers that it was asked for ended. */
  readonly transfers: TransferOutcome[] = [];

  constructor(id: ServerId, configured: Ensemble) {
    this.id = id;
    this.configured = configured;
    this.known = configured;
  }
}

export interface EnsembleSpecification {
  readonly voters: number;
  readonly observers?: number;
  readonly snapCount?: number;
  readonly snapSizeLimitBytes?: number;
  readonly commitLogCount?: number;
  readonly containers?: ContainerOptions;
  readonly localSessions?: QuorumOptions['localSessions'];
  readonly readOnlyMode?: boolean;
  readonly leaderServes?: boolean;
  readonly forceSnapshotSync?: boolean;
  readonly messageTracker?: QuorumOptions['messageTracker'];
  readonly logger?: Logger;
  /** Over the defaults, of which each does nothing. */
  readonly observerOptions?: Partial<ObserverOptions>;
  readonly syncLimits?: QuorumOptions['syncLimits'];
  /** Zxids that an epoch has. */
  readonly lastCounter?: number;
  /** Over the defaults. */
  readonly prep?: Partial<PrepOptions>;
  /** One server without a quorum. */
  readonly standalone?: boolean;
  /** In place of one that always says 0. */
  readonly random?: QuorumDependencies['random'];
  /** In place of `fle`. */
  readonly createElection?: QuorumDependencies['createElection'];
}

export class FakeEnsemble {
  readonly servers = new Map<ServerId, Server>();
  /** What the files of the first servers say. */
  readonly initial: Ensemble;
  readonly #specification: EnsembleSpecification;
  readonly #queues = new Map<string, Message[]>();
  readonly #links = new Map<LinkId, { readonly from: ServerId; readonly to: ServerId }>();
  /** What was sent on them before is still delivered. */
  readonly #closedBy = new Map<LinkId, ServerId>();
  readonly #cut = new Set<string>();
  readonly #held = new Set<string>();
  #linkCount = 0;
  now = 1000;

  constructor(specification: EnsembleSpecification) {
    this.#specification = specification;
    const count = specification.voters + (specification.observers ?? 0);
    const ids = Array.from({ length: count }, (_, index) => index + 1);
    const observers = ids.filter((id) => id > specification.voters);
    this.initial = ensembleOf(ids, observers);
    for (const id of ids) this.add(id, this.initial);
  }

  /** A server with a configuration file of its own. */
  add(id: number, configured: Ensemble): void {
    this.servers.set(id as ServerId, new Server(id as ServerId, configured));
  }

  server(id: number): Server {
    const server = this.servers.get(id as ServerId);
    if (server === undefined) throw new Error(`no server ${id}`);
    return server;
  }

  peer(id: number): Peer {
    const { peer } = this.server(id);
    if (peer === undefined) throw new Error(`server ${id} is down`);
    return peer;
  }

  start(...ids: number[]): void {
    for (const id of ids.length > 0 ? ids : this.servers.keys()) {
      const server = this.server(id);
      server.known = server.disk.configuration ?? server.configured;
      server.peer = this.#createPeer(server);
      this.post(server, { type: 'start' });
    }
  }

  #createPeer(server: Server): Peer {
    const { standalone, snapCount, commitLogCount, containers, createElection } = this.#specification;
    const now = { time: this.now, wallClock: this.now };
    const options: PeerOptions = {
      self: server.id,
      tickTimeMs: TICK_MS,
      minSessionTimeoutMs: 2 * TICK_MS,
      maxSessionTimeoutMs: 200 * TICK_MS,
      snapCount: snapCount ?? 100_000,
      snapSizeLimitBytes: this.#specification.snapSizeLimitBytes,
      requestLimits: DEFAULT_REQUEST_LIMITS,
      prep: { ...DEFAULT_PREP_OPTIONS, ...this.#specification.prep },
      containers: containers ?? DEFAULT_CONTAINER_OPTIONS,
      commitLogCount: commitLogCount ?? 500,
      commitLogBytes: 1 << 24,
    };
    const authentication = { providers: new Map() };
    const { random = { below: () => 0 }, logger = SILENT } = this.#specification;
    const dependencies = { random, logger, authentication };
    if (standalone === true) return createStandalonePeer(options, dependencies, now);
    return createQuorumPeer(
      {
        ...options,
        ensemble: server.known,
        initLimit: 10,
        syncLimit: 5,
        leaderServes: this.#specification.leaderServes ?? true,
        maxQueuedBytes: 1 << 26,
        snapshotSizeFactor: 0.33,
        forceSnapshotSync: this.#specification.forceSnapshotSync,
        localSessions: this.#specification.localSessions,
        readOnlyMode: this.#specification.readOnlyMode ?? false,
        messageTracker: this.#specification.messageTracker,
        observers: { ...NO_OBSERVER_OPTIONS, ...this.#specification.observerOptions },
        syncLimits: this.#specification.syncLimits,
        lastCounter: this.#specification.lastCounter,
      },
      { ...dependencies, createElection: createElection ?? createFle },
      now,
    );
  }

  /** Unflushed bytes and every message to and from it are gone. */
  crash(id: number): void {
    const server = this.server(id);
    server.peer = undefined;
    server.disk.crash();
    for (const key of this.#queues.keys()) if (key.split('>').includes(`${id}`)) this.#queues.set(key, []);
    for (const [link, { from, to }] of this.#links) {
      if (from === id || to === id) this.#breakLink(link, server.id);
    }
  }

  cut(left: number, right: number): void {
    for (const key of [`${left}>${right}`, `${right}>${left}`]) {
      this.#cut.add(key);
      this.#queues.set(key, []);
    }
    for (const [link, { from, to }] of this.#links) {
      if ((from === left && to === right) || (from === right && to === left)) {
        this.#breakLink(link, undefined);
      }
    }
  }

  /** What `from` sends to `to` stays on its way until `heal`. */
  hold(from: number, to: number): void {
    this.#held.add(`${from}>${to}`);
  }

  /** What is held arrives after all. With `atOnce` all packets of a link that wait are one input. */
  release(from: number, to: number, { atOnce = false } = {}): void {
    const key = `${from}>${to}`;
    this.#held.delete(key);
    if (!atOnce) return;
    const merged: Message[] = [];
    for (const message of this.#queues.get(key) ?? []) {
      const last = merged.at(-1);
      if (last?.kind === 'packets' && message.kind === 'packets' && last.link === message.link)
        merged[merged.length - 1] = { ...last, packets: [...last.packets, ...message.packets] };
      else merged.push(message);
    }
    this.#queues.set(key, merged);
  }

  /** What a server sent to another, in order. */
  sentPackets(from: number, to: number): QuorumPacket[] {
    const { effects } = this.server(from);
    return effects.flatMap((effect) =>
      effect.type === 'send' && effect.links.some((link) => this.#otherEnd(from as ServerId, link) === to)
        ? effect.packets
        : [],
    );
  }

  isolate(id: number): void {
    for (const other of this.servers.keys()) if (other !== id) this.cut(id, other);
  }

  heal(): void {
    this.#cut.clear();
    this.#held.clear();
  }

  /** Delivers messages, performs disk operations and passes time until nothing moves for `quietMs`, or `limitMs` is over. */
  run(options?: { readonly until?: () => boolean; readonly limitMs?: number; readonly mayRunOut?: boolean }): void {
    const end = this.now + (options?.limitMs ?? 20 * TICK_MS);
    while (this.now < end) {
      while (this.turn()) if (options?.until?.() === true) return;
      if (options?.until?.() === true) return;
      this.now += 5;
      this.tick();
    }
    if (options?.until !== undefined && options.mayRunOut !== true)
      throw new Error('what was awaited did not happen in time');
  }

  tick(): void {
    for (const server of this.servers.values()) {
      const wakeup = server.peer?.nextWakeup();
      if (wakeup !== undefined && wakeup <= this.now) this.post(server, { type: 'tick' });
    }
  }

  /** One delivery or disk operation at each place; false when there was none. */
  turn(): boolean {
    let moved = false;
    for (const server of this.servers.values()) {
      if (server.peer === undefined || !server.disk.busy) continue;
      moved = true;
      for (const input of server.disk.perform((effect) => this.#reconfigure(server, effect))) this.post(server, input);
    }
    for (const [key, queue] of this.#queues) {
      if (this.#held.has(key)) continue;
      const message = queue.shift();
      if (message === undefined) continue;
      moved = true;
      const [from, to] = key.split('>').map(Number) as [number, number];
      this.#deliver(this.server(from), this.server(to), message);
    }
    return moved;
  }

  post(server: Server, input: PeerInput): void {
    const { peer } = server;
    if (peer === undefined) return;
    const effects = peer.step(input, { time: this.now, wallClock: this.now });
    for (const effect of effects) {
      server.effects.push(effect);
      this.#perform(server, effect);
    }
  }

  leader(): Server | undefined {
    for (const server of this.servers.values()) {
      const view = server.peer?.view();
      if (view?.state === 'LEADING' && view.zabState === 'BROADCAST') return server;
    }
    return undefined;
  }

  #perform(server: Server, effect: PeerEffect): void {
    switch (effect.type) {
      case 'logTxns':
      case 'flush':
      case 'writeAcceptedEpoch':
      case 'writeCurrentEpoch':
      case 'truncate':
      case 'removeDamageMark':
      case 'installSnapshot':
      case 'fence':
      case 'restore':
      case 'rollLog':
      case 'writeConfiguration':
      case 'reconfigure':
        return server.disk.push(effect);
      case 'takeSnapshot': {
        const body = drain(effect.cursor);
        server.disk.snapshots.push({ zxid: effect.cursor.zxid, body });
        return this.post(server, { type: 'snapshotTaken', zxid: effect.cursor.zxid, done: true });
      }
      case 'locate':
        return this.#locate(server, effect.link, effect.zxid);
      case 'readLog': {
        const txns: TxnBytes[] = server.disk.after(effect.after).slice(0, 10);
        return this.post(server, { type: 'logRead', link: effect.link, txns });
      }
      case 'pinLog':
      case 'unpinLog':
      case 'clientPause':
      case 'clientResume':
        return;
      case 'clientAwaitDrain':
        return this.post(server, { type: 'clientDrained', connection: effect.connection });
      case 'sendNotification':
        return this.#notify(server, effect.to, effect.notification);
      case 'connect':
        return this.#connect(server, effect.to, effect.port);
      case 'send':
        for (const link of effect.links) {
          const other = this.#otherEnd(server.id, link);
          if (other !== undefined) this.#send(server.id, other, { kind: 'packets', link, packets: effect.packets });
        }
        return;
      case 'closeLink':
        this.#closedBy.set(effect.link, server.id);
        return this.#breakLink(effect.link, server.id);
      case 'sendSnapshot': {
        const other = this.#otherEnd(server.id, effect.link);
        const body = drain(effect.cursor);
        if (other !== undefined)
          this.#send(server.id, other, { kind: 'snapshot', link: effect.link, body, zxid: effect.cursor.zxid });
        return;
      }
      case 'receiveSnapshot':
        server.wanted.add(effect.link);
        return;
      case 'snapshotUnusable':
        throw new Error(`a snapshot of ours is unusable: ${effect.reason}`);
      case 'clientSend': {
        const sent = server.sent.get(effect.connection) ?? [];
        sent.push(effect.bytes);
        server.sent.set(effect.connection, sent);
        return;
      }
      case 'clientClose':
        server.closed.add(effect.connection);
        return;
      case 'transferEnded':
        server.transfers.push(effect.outcome);
        return;
    }
  }

  #locate(server: Server, link: LinkId, zxid: bigint): void {
    const { disk } = server;
    const floor = disk.log.filter((txn) => txnZxidOf(txn) <= zxid).at(-1);
    const floorZxid = floor === undefined ? disk.base : txnZxidOf(floor);
    const position =
      zxid < disk.base
        ? ({ type: 'tooOld' } as const)
        : floorZxid === zxid
          ? ({ type: 'found' } as const)
          : ({ type: 'between', floor: floorZxid } as const);
    this.post(server, { type: 'located', link, position: position as never, bytesAfter: 0 });
  }

  /** Over a link that either of the two has dialled. */
  #notify(server: Server, to: ServerId, notification: Notification): void {
    const linked = server.known.servers.has(to) || this.servers.get(to)?.known.servers.has(server.id) === true;
    if (linked && this.servers.has(to)) this.#send(server.id, to, { kind: 'notification', notification });
  }

  /** Links to servers that left go down behind what was sent. */
  #reconfigure(server: Server, { ensemble, clientAddress }: Extract<PeerEffect, { type: 'reconfigure' }>): void {
    const before = server.known;
    server.known = ensemble;
    server.clientAddress = clientAddress ?? server.clientAddress;
    for (const [link, { from, to }] of this.#links) {
      const other = from === server.id ? to : to === server.id ? from : undefined;
      if (other === undefined || !before.servers.has(other) || ensemble.servers.has(other)) continue;
      this.#breakLink(link, undefined);
    }
  }

  #connect(server: Server, to: ServerId, port: QuorumPort): void {
    const link = ++this.#linkCount as LinkId;
    this.post(server, { type: 'dialled', link, to });
    const isUp = this.servers.get(to)?.peer !== undefined;
    const reachable = isUp && server.known.servers.has(to) && !this.#cut.has(`${server.id}>${to}`);
    if (!reachable) return this.post(server, { type: 'linkDown', link });
    this.#links.set(link, { from: server.id, to });
    this.#send(server.id, to, { kind: 'linkUp', link, direction: 'incoming', port });
    this.#send(to, server.id, { kind: 'linkUp', link, direction: 'outgoing', port });
  }

  #deliver(from: Server, to: Server, message: Message): void {
    switch (message.kind) {
      case 'notification':
        return this.post(to, { type: 'notification', from: from.id, notification: message.notification });
      case 'packets':
        if (this.#links.has(message.link) || this.#closedBy.get(message.link) === from.id)
          this.post(to, { type: 'packets', link: message.link, packets: message.packets });
        return;
      case 'linkUp':
        if (this.#links.has(message.link)) {
          const { link, direction, port } = message;
          this.post(to, { type: 'linkUp', link, peer: from.id, direction, port });
        }
        return;
      case 'linkDown':
        return this.post(to, { type: 'linkDown', link: message.link });
      case 'snapshot':
        if (!this.#links.has(message.link)) return;
        if (!to.wanted.has(message.link)) return this.#requeue(from, to, message);
        to.disk.received = { zxid: message.zxid as never, body: message.body };
        this.post(to, { type: 'snapshotReceived', link: message.link });
        return this.post(from, { type: 'snapshotSent', link: message.link });
    }
  }

  #requeue(from: Server, to: Server, message: Message): void {
    this.#queues.get(`${from.id}>${to.id}`)?.push(message);
  }

  #breakLink(link: LinkId, breaker: ServerId | undefined): void {
    const ends = this.#links.get(link);
    if (ends === undefined) return;
    this.#links.delete(link);
    for (const end of [ends.from, ends.to]) {
      if (end === breaker) continue;
      const other = end === ends.from ? ends.to : ends.from;
      // The end of a link is noticed even where messages are cut.
      const key = `${other}>${end}`;
      this.#queues.set(key, [...(this.#queues.get(key) ?? []), { kind: 'linkDown', link }]);
    }
  }

  #send(from: ServerId, to: ServerId, message: Message): void {
    const key = `${from}>${to}`;
    if (this.#cut.has(key)) return;
    const queue = this.#queues.get(key) ?? [];
    queue.push(message);
    this.#queues.set(key, queue);
  }

  #otherEnd(id: ServerId, link: LinkId): ServerId | undefined {
    const ends = this.#links.get(link);
    if (ends === undefined) return undefined;
    return ends.from === id ? ends.to : ends.from;
  }
}

/** `server.N` lines; each server has its own host. */
export const linesOf = (ids: readonly number[], observers: readonly number[] = []): string[] =>
  ids.map((id) => `server.${id}=zoo${id}:2888:3888:${observers.includes(id) ? 'observer' : 'participant'};2181`);

export const ensembleOf = (ids: readonly number[], observers: readonly number[] = []): Ensemble =>
  parseEnsembleText(linesOf(ids, observers).join('\n'));

function drain(cursor: { next(maxBytes: number): Uint8Array | undefined; close(): void }): Uint8Array {
  const chunks: Uint8Array[] = [];
  for (let chunk = cursor.next(1 << 16); chunk !== undefined; chunk = cursor.next(1 << 16)) chunks.push(chunk);
  cursor.close();
  return Buffer.concat(chunks);
}

const txnZxidOf = (txn: TxnBytes): bigint => new DataView(txn.buffer, txn.byteOffset).getBigInt64(12);
