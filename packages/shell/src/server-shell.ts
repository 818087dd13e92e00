// Runs a peer: one queue of inputs, one step at a time, its effects performed through the ports, one timer. It decides nothing.

import type {
  ClientTransport,
  Clock,
  ConfigurationStore,
  ElectionTransport,
  FourLetterWordAnswer,
  FourLetterWordRequest,
  LinkId,
  Logger,
  LogPin,
  ManagedServer,
  ManagementView,
  QuorumTransport,
  Storage,
  Timer,
  TransferOutcome,
  QuorumOracle,
} from '@zebu/interfaces';
import type { Peer, PeerEffect, PeerInput } from '@zebu/peer';
import { assert, type Millis, type ServerId, unreachable, type Zxid } from '@zebu/protocol';
import { ClientAddress } from './client-address.ts';
import { LeadershipTransfers } from './leadership-transfers.ts';
import { SnapshotStreams, slices } from './snapshot-streams.ts';
import { StorageQueue } from './storage-queue.ts';

export interface ShellDependencies {
  readonly peer: Peer;
  readonly storage: Storage;
  /** Where a changed configuration is kept for the next start; undefined keeps none. */
  readonly configurations?: ConfigurationStore | undefined;
  /** Undefined where no oracle has a say. */
  readonly oracle?: QuorumOracle | undefined;
  readonly clientTransport: ClientTransport;
  /** Both undefined for a standalone server. */
  readonly electionTransport: ElectionTransport | undefined;
  readonly quorumTransport: QuorumTransport | undefined;
  readonly clock: Clock;
  readonly logger: Logger;
  /** What a whitelisted four-letter word is answered with. */
  readonly answerFourLetterWord: (request: FourLetterWordRequest, server: ManagedServer) => FourLetterWordAnswer;
  /** The server cannot go on: a broken invariant, or a disk that can be neither written nor cut back. Called once. */
  readonly onFatal: (error: unknown) => void;
  /** Snapshots kept when a new one was written (autopurge.snapRetainCount); undefined keeps all. */
  readonly snapRetainCount: number | undefined;
  /** Queued bytes on a link above which the core is told. */
  readonly congestionBytes: number;
}

export interface ServerShell extends ManagedServer {
  /** Opens the ports and begins to restore; rejects with TransportListenError. The tree is served once restored and in sync. */
  start(): Promise<void>;
  /** Closes clients, peers and storage; what was acknowledged is durable before and after. Safe to call twice. */
  stop(): Promise<void>;
}

export function createServerShell(dependencies: ShellDependencies): ServerShell {
  return new Shell(dependencies);
}

class Shell implements ServerShell {
  readonly #dependencies: ShellDependencies;
  readonly #storageQueue: StorageQueue;
  readonly #streams: SnapshotStreams | undefined;
  readonly #clientAddress: ClientAddress;
  readonly #pins = new Map<LinkId, LogPin>();
  readonly #transfers: LeadershipTransfers;
  #inputs: PeerInput[] = [];
  #stepping = false;
  /** A stop has begun; leadership is handed over first. */
  #closing = false;
  #stopped = false;
  #snapshotRefusal: string | undefined;
  #timer: Timer | undefined;
  #timerAt: Millis = Number.POSITIVE_INFINITY;
  #stopping: Promise<void> | undefined;

  constructor(dependencies: ShellDependencies) {
    this.#dependencies = dependencies;
    const { storage, configurations, quorumTransport, logger, clock } = dependencies;
    this.#clientAddress = new ClientAddress(dependencies);
    const post = (input: PeerInput): void => this.#post(input);
    this.#transfers = new LeadershipTransfers(post, clock);
    this.#storageQueue = new StorageQueue({
      storage,
      configurations,
      logger,
      post,
      reconfigure: (effect) => this.#reconfigure(effect),
      takeSnapshotRefusal: () => this.#takeSnapshotRefusal(),
      onFatal: (error) => this.#fail(error),
    });
    this.#streams =
      quorumTransport === undefined ? undefined : new SnapshotStreams(quorumTransport, storage.snapshots, post);
  }

  async start(): Promise<void> {
    const { electionTransport, quorumTransport, clientTransport, peer, answerFourLetterWord } = this.#dependencies;
    // Peers are heard before the tree is restored: the core answers as far as it can.
    await clientTransport.start({
      onConnect: (connection, remoteAddress, identities = []) => {
        if (this.#stopped || !peer.serving) return false;
        this.#post({ type: 'clientConnected', connection, remoteAddress, identities });
        return true;
      },
      onFrames: (connection, frames) => this.#post({ type: 'clientFrames', connection, frames }),
      onDrained: (connection) => this.#post({ type: 'clientDrained', connection }),
      onDisconnect: (connection) => this.#post({ type: 'clientDisconnected', connection }),
      onFourLetterWord: (request) => answerFourLetterWord(request, this),
    });
    await quorumTransport?.start({
      onLinkUp: (link, peerId, direction, port) => this.#post({ type: 'linkUp', link, peer: peerId, direction, port }),
      onPackets: (link, packets) => this.#post({ type: 'packets', link, packets }),
      onSnapshot: (link, chunks) => void this.#streams?.offered(link, chunks),
      onLinkDown: (link) => {
        this.#streams?.forget(link);
        this.#post({ type: 'linkDown', link });
      },
    });
    this.#post({ type: 'start' });
    this.#dependencies.oracle?.start((grants) => this.#post({ type: 'oracle', grants }));
    await electionTransport?.start({
      onNotification: (from, notification) => this.#post({ type: 'notification', from, notification }),
      onLinkUp: (peerId) => this.#post({ type: 'electionLinkUp', peer: peerId }),
      onLinkDown: (peerId) => this.#post({ type: 'electionLinkDown', peer: peerId }),
    });
  }

  stop(): Promise<void> {
    this.#stopping ??= this.#close();
    return this.#stopping;
  }

  view(): ManagementView {
    return this.#dependencies.peer.view();
  }

  transferLeadership(to?: ServerId): Promise<TransferOutcome> {
    if (this.#closing || this.#stopped) return Promise.resolve({ ok: false, reason: 'this server stops' });
    return this.#transfers.begin({ to, leaves: false });
  }

  resetStatistics(): void {
    this.#post({ type: 'resetStatistics' });
  }

  resetConnectionStatistics(): void {
    this.#post({ type: 'resetConnectionStatistics' });
  }

  async #close(): Promise<void> {
    const { electionTransport, quorumTransport, clientTransport, oracle, storage } = this.#dependencies;
    this.#closing = true;
    if (!this.#stopped) await this.#handOver();
    this.#stopped = true;
    this.#timer?.cancel();
    this.#clientAddress.close();
    await Promise.all([clientTransport.close(), quorumTransport?.close(), electionTransport?.close(), oracle?.close()]);
    await this.#storageQueue.close();
    await storage.close();
  }

  /** A leader that just goes leaves it to the others to notice, and to elect. */
  async #handOver(): Promise<void> {
    const { peer, logger } = this.#dependencies;
    if (peer.view().state !== 'LEADING') return;
    const outcome = await this.#transfers.beforeStop();
    if (outcome.ok) logger.info('leadership handed over', { to: outcome.successor });
    else logger.info('leadership not handed over', { reason: outcome.reason });
  }

  #post(input: PeerInput): void {
    if (this.#stopped) return;
    this.#inputs.push(input);
    if (this.#stepping) return;
    this.#stepping = true;
    try {
      for (let next = this.#inputs.shift(); next !== undefined && !this.#stopped; next = this.#inputs.shift())
        this.#step(next);
      this.#armTimer();
    } catch (error) {
      this.#fail(error);
    } finally {
      this.#stepping = false;
    }
  }

  #step(input: PeerInput): void {
    const { peer, clock } = this.#dependencies;
    const effects = peer.step(input, { time: clock.now(), wallClock: clock.wallClock() });
    for (const effect of effects) this.#perform(effect);
  }

  #perform(effect: PeerEffect): void {
    const { clientTransport, quorumTransport, electionTransport } = this.#dependencies;
    switch (effect.type) {
      case 'logTxns':
      case 'flush':
      case 'writeAcceptedEpoch':
      case 'writeCurrentEpoch':
      case 'truncate':
      case 'installSnapshot':
      case 'removeDamageMark':
      case 'rollLog':
      case 'writeConfiguration':
      case 'reconfigure':
      case 'fence':
      case 'restore':
        return this.#storageQueue.push(effect);
      case 'clientSend':
        return clientTransport.send(effect.connection, effect.bytes);
      case 'clientClose':
        return clientTransport.closeConnection(effect.connection);
      case 'clientPause':
        return clientTransport.pauseReading(effect.connection);
      case 'clientResume':
        return clientTransport.resumeReading(effect.connection);
      case 'clientAwaitDrain':
        return clientTransport.awaitDrain(effect.connection);
      case 'sendNotification':
        return electionTransport?.send(effect.to, effect.notification);
      case 'send':
        for (const link of effect.links) this.#send(link, effect.packets);
        return;
      case 'connect':
        assert(quorumTransport !== undefined, 'a standalone server follows nobody');
        return this.#post({ type: 'dialled', link: quorumTransport.connect(effect.to, effect.port), to: effect.to });
      case 'closeLink':
        this.#streams?.forget(effect.link);
        return quorumTransport?.closeLink(effect.link);
      case 'sendSnapshot':
        void this.#streams?.send(effect.link, effect.cursor);
        return;
      case 'receiveSnapshot':
        void this.#streams?.wanted(effect.link, effect.zxid);
        return;
      case 'takeSnapshot':
        void this.#takeSnapshot(effect.cursor);
        return;
      case 'locate':
        void this.#locate(effect.link, effect.zxid);
        return;
      case 'readLog':
        void this.#readLog(effect.link, effect.after, effect.maxBytes);
        return;
      case 'pinLog':
        this.#unpin(effect.link);
        this.#pins.set(effect.link, this.#dependencies.storage.log.pin(effect.after));
        return;
      case 'unpinLog':
        return this.#unpin(effect.link);
      case 'transferEnded':
        // Before a stop that was all there was to do: this server joins nobody any more.
        this.#stopped ||= this.#closing;
        return this.#transfers.end(effect.outcome);
      case 'snapshotUnusable':
        this.#snapshotRefusal = effect.reason;
        return;
      default:
        unreachable(effect);
    }
  }

  #reconfigure({ ensemble, clientAddress }: Extract<PeerEffect, { type: 'reconfigure' }>): void {
    const { electionTransport, quorumTransport } = this.#dependencies;
    if (this.#stopped) return;
    electionTransport?.setEnsemble(ensemble);
    quorumTransport?.setEnsemble(ensemble);
    if (clientAddress !== undefined) this.#clientAddress.set(clientAddress);
  }

  #send(link: LinkId, packets: Extract<PeerEffect, { type: 'send' }>['packets']): void {
    const { quorumTransport, congestionBytes } = this.#dependencies;
    if (quorumTransport === undefined) return;
    quorumTransport.send(link, packets);
    const queuedBytes = quorumTransport.queuedBytes(link);
    if (queuedBytes > congestionBytes) this.#post({ type: 'congested', link, queuedBytes });
  }

  async #takeSnapshot(cursor: Extract<PeerEffect, { type: 'takeSnapshot' }>['cursor']): Promise<void> {
    const { storage, logger, snapRetainCount } = this.#dependencies;
    const { zxid } = cursor;
    try {
      await storage.snapshots.write(zxid, slices(cursor));
      this.#post({ type: 'snapshotTaken', zxid, done: true });
      if (snapRetainCount !== undefined) await storage.snapshots.purge(snapRetainCount);
    } catch (error) {
      logger.error('writing a snapshot failed', { error: String(error) });
      this.#post({ type: 'snapshotTaken', zxid, done: false });
    } finally {
      cursor.close();
    }
  }

  async #locate(link: LinkId, zxid: Zxid): Promise<void> {
    const { storage, logger } = this.#dependencies;
    try {
      await this.#storageQueue.logged();
      const position = await storage.log.locate(zxid);
      const bytesAfter = position.type === 'tooOld' ? 0 : await storage.log.sizeAfter(zxid);
      if (this.#storageQueue.hasFailed) throw new Error('the log was cut back after a failed write');
      this.#post({ type: 'located', link, position, bytesAfter });
    } catch (error) {
      logger.error('the log could not be searched for a learner', { error: String(error) });
      this.#post({ type: 'logReadFailed', link });
    }
  }

  async #readLog(link: LinkId, after: Zxid, maxBytes: number): Promise<void> {
    const { storage, quorumTransport, logger } = this.#dependencies;
    try {
      await quorumTransport?.drained(link, 0);
      await this.#storageQueue.logged();
      const { txns } = await storage.log.read(after, maxBytes);
      this.#post({ type: 'logRead', link, txns });
    } catch (error) {
      logger.error('the log could not be read for a learner', { error: String(error) });
      this.#post({ type: 'logReadFailed', link });
    }
  }

  #unpin(link: LinkId): void {
    this.#pins.get(link)?.release();
    this.#pins.delete(link);
  }

  #takeSnapshotRefusal(): string | undefined {
    const refusal = this.#snapshotRefusal;
    this.#snapshotRefusal = undefined;
    return refusal;
  }

  /** A timer that fires too early only costs a look; so it is moved only forward in time, never back. */
  #armTimer(): void {
    const { peer, clock } = this.#dependencies;
    const wakeup = peer.nextWakeup();
    if (this.#stopped || wakeup === undefined || wakeup >= this.#timerAt) return;
    this.#timer?.cancel();
    this.#timerAt = wakeup;
    this.#timer = clock.setTimer(wakeup, () => this.#onTimer());
  }

  #onTimer(): void {
    this.#timerAt = Number.POSITIVE_INFINITY;
    const wakeup = this.#dependencies.peer.nextWakeup();
    if (wakeup !== undefined && wakeup <= this.#dependencies.clock.now()) this.#post({ type: 'tick' });
    else this.#armTimer();
  }

  #fail(error: unknown): void {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#timer?.cancel();
    this.#dependencies.onFatal(error);
  }
}
