// ElectionTransport over WebSocket (ZooKeeper's QuorumCnxManager): one connection per pair of servers, whoever dialled it.

import type { ElectionTransport, ElectionTransportHandler } from '@zebu/interfaces';
import { assert, type Ensemble, type Notification, type ServerAddress, type ServerId } from '@zebu/protocol';
import { formatAddress } from './address.ts';
import { HelloCounter } from './election-hello.ts';
import { ElectionPeer, type ElectionPeerShared } from './election-peer.ts';
import { Endpoint } from './endpoint.ts';
import type { FrameSocket } from './frame-socket.ts';
import type { Hello } from './hello.ts';
import {
  DEFAULT_BACKOFF_MAX_MS,
  DEFAULT_BACKOFF_MIN_MS,
  DEFAULT_ELECTION_FRAME_BYTES,
  type ElectionTransportOptions,
  type Listening,
  type TransportDependencies,
} from './options.ts';

export function createElectionTransport(
  dependencies: TransportDependencies,
  options: ElectionTransportOptions = {},
): ElectionTransport & Listening {
  return new WebSocketElectionTransport(dependencies, options);
}

class WebSocketElectionTransport implements ElectionTransport, Listening {
  readonly #endpoint: Endpoint;
  readonly #shared: ElectionPeerShared;
  readonly #peers = new Map<ServerId, ElectionPeer>();
  #handler: ElectionTransportHandler | undefined;
  /** Between start() and close(): peers are dialled. */
  #dialling = false;

  constructor(dependencies: TransportDependencies, options: ElectionTransportOptions) {
    const { clock, random, logger } = dependencies;
    const maxFrameBytes = options.maxFrameBytes ?? DEFAULT_ELECTION_FRAME_BYTES;
    const { electionModule } = options;
    const settings = { port: 'election', purposes: ['election'], maxFrameBytes, electionModule } as const;
    this.#endpoint = new Endpoint(settings, dependencies, options, (socket, hello) => this.#onIncoming(socket, hello));
    this.#shared = {
      endpoint: this.#endpoint,
      hellos: new HelloCounter(clock, random),
      backoffMinMs: options.backoffMinMs ?? DEFAULT_BACKOFF_MIN_MS,
      backoffMaxMs: options.backoffMaxMs ?? DEFAULT_BACKOFF_MAX_MS,
      random,
      logger,
      handler: {
        onNotification: (from, notification) => this.#handler?.onNotification(from, notification),
        onLinkUp: (peer) => this.#handler?.onLinkUp(peer),
        onLinkDown: (peer) => this.#handler?.onLinkDown(peer),
      },
      onLost: (peer) => this.#forgetUnlisted(peer),
    };
    this.#updatePeers(dependencies.ensemble);
  }

  get listeningAddress(): ServerAddress | undefined {
    return this.#endpoint.listeningAddress;
  }

  async start(handler: ElectionTransportHandler): Promise<void> {
    assert(this.#handler === undefined, 'an election transport starts once');
    this.#handler = handler;
    await this.#endpoint.listen();
    // Undefined again when it was closed meanwhile.
    this.#dialling = this.#handler !== undefined;
    if (this.#dialling) for (const peer of this.#peers.values()) peer.start();
  }

  send(to: ServerId, notification: Notification): void {
    if (to === this.#endpoint.self) setImmediate(() => this.#handler?.onNotification(to, notification));
    else this.#peers.get(to)?.send(notification);
  }

  setEnsemble(ensemble: Ensemble): void {
    const before = this.#endpoint.ensemble;
    this.#endpoint.setEnsemble(ensemble);
    for (const [id, peer] of this.#peers) if (this.#hasMoved(id, before)) peer.onAddressChanged();
    this.#updatePeers(before);
  }

  close(): Promise<void> {
    this.#handler = undefined;
    this.#dialling = false;
    for (const peer of this.#peers.values()) peer.stop();
    this.#peers.clear();
    return this.#endpoint.close();
  }

  /** Those that were never listed stay as they came: by their own dial. */
  #updatePeers(before: Ensemble): void {
    const { self, ensemble } = this.#endpoint;
    for (const [id, peer] of this.#peers) {
      if (before.servers.has(id) && !ensemble.servers.has(id)) this.#remove(id, peer);
    }
    for (const id of ensemble.servers.keys()) if (id !== self && !this.#peers.has(id)) this.#add(id);
  }

  #add(id: ServerId): ElectionPeer {
    const peer = new ElectionPeer(id, this.#shared);
    this.#peers.set(id, peer);
    if (this.#dialling) peer.start();
    return peer;
  }

  #hasMoved(id: ServerId, before: Ensemble): boolean {
    const from = this.#endpoint.addressesOf(id, before).map(formatAddress);
    const to = this.#endpoint.addressesOf(id).map(formatAddress);
    return to.length > 0 && from.join() !== to.join();
  }

  /** A server that is not in the ensemble is not dialled: it is a peer for as long as its own connection lasts. */
  #onIncoming(socket: FrameSocket, hello: Hello): void {
    const { from } = hello;
    const refusal = this.#endpoint.refusalOfUnlisted(from, this.#peers.keys());
    if (refusal !== undefined) {
      socket.refuse(refusal);
      return;
    }
    const peer = this.#peers.get(from) ?? this.#add(from);
    peer.onIncoming(socket, hello);
    if (!peer.linked) this.#forgetUnlisted(from);
  }

  #forgetUnlisted(id: ServerId): void {
    if (!this.#endpoint.isListed(id)) this.#peers.delete(id);
  }

  #remove(id: ServerId, peer: ElectionPeer): void {
    this.#peers.delete(id);
    const { linked } = peer;
    peer.stop();
    // Not from within setEnsemble().
    if (linked) setImmediate(() => this.#handler?.onLinkDown(id));
  }
}
