// Servers of one ensemble as values: real peers, with messages that arrive in order and disks that keep everything. Time stands still but
// for what the bench says, so that the figures are of the work alone.

import { createFastLeaderElection } from '@zebu/fle';
import type { ConnectionId, LinkId, Logger } from '@zebu/interfaces';
import {
  createQuorumPeer,
  DEFAULT_CONTAINER_OPTIONS,
  DEFAULT_PREP_OPTIONS,
  DEFAULT_REQUEST_LIMITS,
  type Peer,
  type PeerEffect,
  type PeerInput,
} from '@zebu/peer';
import {
  type Ensemble,
  type Epoch,
  type ServerId,
  type TxnBytes,
  txnZxid,
  unreachable,
  ZERO_ZXID,
} from '@zebu/protocol';
import { Slices } from './slices.ts';

export const TICK_MS = 2000;
const QUIET = (): void => undefined;
const SILENT: Logger = { debug: QUIET, info: QUIET, warn: QUIET, error: QUIET };
const MIB = 1024 * 1024;

export class BenchNode {
  readonly id: ServerId;
  readonly peer: Peer;
  /** Of its steps since the last `startMeasuring`. */
  slices = new Slices();
  /** Bytes that clients got, by connection. */
  readonly sentBytes = new Map<ConnectionId, number>();
  lastLoggedZxid = ZERO_ZXID;
  acceptedEpoch = 0 as Epoch;
  currentEpoch = 0 as Epoch;

  constructor(id: ServerId, peer: Peer) {
    this.id = id;
    this.peer = peer;
  }
}

interface Posted {
  readonly node: BenchNode;
  readonly input: PeerInput;
}

export class BenchEnsemble {
  readonly nodes: readonly BenchNode[];
  readonly #queue: Posted[] = [];
  readonly #links = new Map<LinkId, { readonly from: BenchNode; readonly to: BenchNode }>();
  #first = 0;
  #linkCount = 0;
  now = 1_000_000;

  constructor(serverCount: number) {
    const address = { host: 'server', port: 1 };
    const ids = Array.from({ length: serverCount }, (_, index) => (index + 1) as ServerId);
    const servers = new Map(
      ids.map((id) => [id, { id, role: 'participant' as const, quorumAddress: address, electionAddress: address }]),
    );
    this.nodes = ids.map((id) => new BenchNode(id, this.#createPeer(id, { version: 0n, servers })));
    for (const node of this.nodes) this.post(node, { type: 'start' });
    for (let i = 0; i < 1000 && !this.nodes.every(({ peer }) => peer.serving); i++) this.pass(10);
  }

  get leader(): BenchNode {
    const leader = this.nodes.find(({ peer }) => peer.view().state === 'LEADING');
    if (leader === undefined) throw new Error('nobody leads');
    return leader;
  }

  get followers(): readonly BenchNode[] {
    return this.nodes.filter((node) => node !== this.leader);
  }

  startMeasuring(): void {
    for (const node of this.nodes) node.slices = new Slices();
  }

  post(node: BenchNode, input: PeerInput): void {
    this.#queue.push({ node, input });
  }

  /** Time passes, and all that follows from it happens. */
  pass(ms: number): void {
    this.now += ms;
    while (this.#turn()) continue;
  }

  /** What a turn of each server's loop does: what lies in its sockets, then the timer. */
  #turn(): boolean {
    const end = this.#queue.length;
    let moved = end > this.#first;
    while (this.#first < end) {
      const { node, input } = this.#queue[this.#first++] as Posted;
      this.#step(node, input);
    }
    this.#queue.splice(0, this.#first);
    this.#first = 0;
    for (const node of this.nodes) {
      const wakeup = node.peer.nextWakeup();
      if (wakeup === undefined || wakeup > this.now) continue;
      moved = true;
      this.#step(node, { type: 'tick' });
    }
    return moved;
  }

  #step(node: BenchNode, input: PeerInput): void {
    const effects = node.slices.run(() => node.peer.step(input, { time: this.now, wallClock: this.now }));
    for (const effect of effects) this.#perform(node, effect);
  }

  #perform(node: BenchNode, effect: PeerEffect): void {
    switch (effect.type) {
      case 'restore':
        for (const type of ['restoreBegin', 'restored'] as const)
          this.post(node, { type, ...durable(node) } as PeerInput);
        return;
      case 'fence':
        return this.post(node, { type: 'fenced', ...durable(node) });
      case 'logTxns':
        node.lastLoggedZxid = txnZxid(effect.txns[effect.txns.length - 1] as TxnBytes);
        return;
      case 'flush':
        return this.post(node, { type: 'flushed', token: effect.token });
      case 'writeAcceptedEpoch':
        node.acceptedEpoch = effect.epoch;
        return;
      case 'writeCurrentEpoch':
        node.currentEpoch = effect.epoch;
        return;
      case 'sendNotification':
        return this.post(this.#node(effect.to), {
          type: 'notification',
          from: node.id,
          notification: effect.notification,
        });
      case 'connect':
        return this.#connect(node, this.#node(effect.to));
      case 'send':
        for (const link of effect.links) {
          this.post(this.#otherEnd(node, link), { type: 'packets', link, packets: effect.packets });
        }
        return;
      case 'locate':
        return this.post(node, { type: 'located', link: effect.link, position: { type: 'found' }, bytesAfter: 0 });
      case 'clientSend': {
        const sent = node.sentBytes.get(effect.connection) ?? 0;
        node.sentBytes.set(effect.connection, sent + effect.bytes.length);
        return;
      }
      case 'clientAwaitDrain':
        return this.post(node, { type: 'clientDrained', connection: effect.connection });
      case 'clientClose':
      case 'clientPause':
      case 'clientResume':
        return;
      case 'closeLink':
      case 'installSnapshot':
      case 'pinLog':
      case 'readLog':
      case 'receiveSnapshot':
      case 'removeDamageMark':
      case 'reconfigure':
      case 'rollLog':
      case 'sendSnapshot':
      case 'snapshotUnusable':
      case 'takeSnapshot':
      case 'transferEnded':
      case 'truncate':
      case 'unpinLog':
      case 'writeConfiguration':
        throw new Error(`${effect.type} among servers that begin together and lose nobody`);
      default:
        unreachable(effect);
    }
  }

  #connect(from: BenchNode, to: BenchNode): void {
    const link = ++this.#linkCount as LinkId;
    this.#links.set(link, { from, to });
    this.post(from, { type: 'dialled', link, to: to.id });
    this.post(to, { type: 'linkUp', link, peer: from.id, direction: 'incoming', port: 'quorum' });
    this.post(from, { type: 'linkUp', link, peer: to.id, direction: 'outgoing', port: 'quorum' });
  }

  #otherEnd(node: BenchNode, link: LinkId): BenchNode {
    const ends = this.#links.get(link);
    if (ends === undefined) throw new Error(`no link ${link}`);
    return ends.from === node ? ends.to : ends.from;
  }

  #node(id: ServerId): BenchNode {
    return this.nodes[id - 1] as BenchNode;
  }

  #createPeer(self: ServerId, ensemble: Ensemble): Peer {
    return createQuorumPeer(
      {
        self,
        tickTimeMs: TICK_MS,
        minSessionTimeoutMs: 2 * TICK_MS,
        maxSessionTimeoutMs: 20 * TICK_MS,
        snapCount: Number.MAX_SAFE_INTEGER,
        requestLimits: { ...DEFAULT_REQUEST_LIMITS, globalOutstandingLimit: 1_000_000 },
        prep: DEFAULT_PREP_OPTIONS,
        containers: DEFAULT_CONTAINER_OPTIONS,
        commitLogCount: 500,
        commitLogBytes: 16 * MIB,
        ensemble,
        initLimit: 10,
        syncLimit: 5,
        leaderServes: true,
        maxQueuedBytes: 64 * MIB,
        snapshotSizeFactor: 0.33,
      },
      {
        random: { below: () => 0 },
        logger: SILENT,
        authentication: { providers: new Map() },
        createElection: (dependencies) =>
          createFastLeaderElection(dependencies, {
            finalizeWaitMs: 20,
            minNotificationIntervalMs: 20,
            maxNotificationIntervalMs: 200,
          }),
      },
      { time: this.now, wallClock: this.now },
    );
  }
}

const durable = ({ lastLoggedZxid, acceptedEpoch, currentEpoch }: BenchNode) => ({
  lastLoggedZxid,
  acceptedEpoch,
  currentEpoch,
  damaged: false,
});
