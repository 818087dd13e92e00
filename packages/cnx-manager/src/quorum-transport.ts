// QuorumTransport over WebSocket: links that learners dial, packets in batches, snapshots on connections of their own.

import type { LinkId, Logger, QuorumPort, QuorumTransport, QuorumTransportHandler } from '@zebu/interfaces';
import { assert, type Ensemble, type QuorumPacket, type ServerAddress, type ServerId } from '@zebu/protocol';
import { Endpoint } from './endpoint.ts';
import type { FrameSocket } from './frame-socket.ts';
import type { Hello } from './hello.ts';
import {
  DEFAULT_QUORUM_FRAME_BYTES,
  type Listening,
  type TransportDependencies,
  type TransportOptions,
} from './options.ts';
import { Outbox } from './outbox.ts';
import { decodeFrame } from './packet-decoder.ts';
import { encodeSnapshotOffer } from './packet-encoder.ts';
import { QuorumLink } from './quorum-link.ts';
import { CloseCode, type Refusal } from './refusal.ts';
import { SnapshotStreamError } from './snapshot-error.ts';
import { SnapshotStreams } from './snapshot-streams.ts';

/** A learner has one link, and for a moment a dying one beside it. More are closed, the oldest first. */
const MAX_INCOMING_LINKS = 8;

const NO_LINK: Refusal = { code: CloseCode.UNKNOWN_LINK, reason: 'the link of this snapshot stream is down' };
const NOT_A_QUORUM_HELLO: Refusal = { code: CloseCode.BAD_FRAME, reason: 'hello without a link number' };

export function createQuorumTransport(
  dependencies: TransportDependencies,
  options: TransportOptions = {},
): QuorumTransport & Listening {
  return new WebSocketQuorumTransport(dependencies, options);
}

class WebSocketQuorumTransport implements QuorumTransport, Listening {
  readonly #endpoint: Endpoint;
  /** Undefined where followers serve no observers. */
  readonly #observerMasterEndpoint: Endpoint | undefined;
  readonly #logger: Logger;
  readonly #outbox: Outbox;
  /** Links that are up or being dialled. */
  readonly #links = new Map<LinkId, QuorumLink>();
  /** Links that are down although their onLinkDown is still to come, when this turn ends. */
  readonly #ending = new Set<LinkId>();
  #linkCount = 0;
  #handler: QuorumTransportHandler | undefined;

  constructor(dependencies: TransportDependencies, options: TransportOptions) {
    this.#logger = dependencies.logger;
    const maxFrameBytes = options.maxFrameBytes ?? DEFAULT_QUORUM_FRAME_BYTES;
    this.#outbox = new Outbox(maxFrameBytes);
    const endpointAt = (port: QuorumPort): Endpoint =>
      new Endpoint({ port, purposes: [port, 'snapshot'], maxFrameBytes }, dependencies, options, (socket, hello) => {
        if (hello.purpose === 'snapshot') this.#onStream(socket, hello);
        else this.#onIncoming(socket, hello.from, port);
      });
    this.#endpoint = endpointAt('quorum');
    this.#observerMasterEndpoint = options.observerMasterPort === undefined ? undefined : endpointAt('observerMaster');
  }

  get listeningAddress(): ServerAddress | undefined {
    return this.#endpoint.listeningAddress;
  }

  async start(handler: QuorumTransportHandler): Promise<void> {
    assert(this.#handler === undefined, 'a quorum transport starts once');
    this.#handler = handler;
    await this.#endpoint.listen();
    await this.#observerMasterEndpoint?.listen();
  }

  connect(to: ServerId, port: QuorumPort = 'quorum'): LinkId {
    const link = this.#newLink(to, 'outgoing', port);
    link.dial = this.#endpointOf(port)?.dial(to, {
      hello: () => this.#endpoint.hello(port, to, []),
      onOpen: (socket, hello) => this.#onDialled(link, socket, hello),
      onFailed: (reason) => this.#onDialFailed(link, reason),
    });
    if (link.dial === undefined) this.#endLater(link, `server ${to} has no ${port} port in the server list`);
    return link.id;
  }

  send(link: LinkId, packets: readonly QuorumPacket[]): void {
    const open = this.#links.get(link);
    if (open === undefined) return;
    for (const packet of packets) {
      const piece = this.#outbox.encode(packet);
      if (piece.length > this.#endpoint.maxFrameBytes) {
        this.#endLater(open, `${packet.type} of ${piece.length} bytes exceeds the frame limit`);
        return;
      }
      open.queue(piece);
    }
  }

  queuedBytes(link: LinkId): number {
    return this.#links.get(link)?.queuedBytes ?? 0;
  }

  drained(link: LinkId, bytes: number): Promise<void> {
    return this.#links.get(link)?.drained(bytes) ?? Promise.resolve();
  }

  sendSnapshot(link: LinkId, chunks: AsyncIterable<Uint8Array>): Promise<void> {
    const open = this.#links.get(link);
    if (open?.up !== true) return Promise.reject(new SnapshotStreamError('the link is down'));
    return open.streams.send(chunks);
  }

  closeLink(link: LinkId): void {
    this.#ending.delete(link);
    const open = this.#links.get(link);
    if (open !== undefined) this.#forget(open, 'closed');
  }

  setEnsemble(ensemble: Ensemble): void {
    const before = this.#endpoint.ensemble;
    this.#endpoint.setEnsemble(ensemble);
    this.#observerMasterEndpoint?.setEnsemble(ensemble);
    for (const link of this.#links.values()) {
      if (before.servers.has(link.peer) && !ensemble.servers.has(link.peer))
        this.#endLater(link, `server ${link.peer} left the server list`);
    }
  }

  async close(): Promise<void> {
    this.#handler = undefined;
    for (const link of this.#links.values()) this.#forget(link, 'the transport is closed');
    await Promise.all([this.#endpoint.close(), this.#observerMasterEndpoint?.close()]);
  }

  #endpointOf(port: QuorumPort): Endpoint | undefined {
    return port === 'quorum' ? this.#endpoint : this.#observerMasterEndpoint;
  }

  #newLink(peer: ServerId, direction: 'outgoing' | 'incoming', port: QuorumPort): QuorumLink {
    const id = ++this.#linkCount as LinkId;
    const { clock, connectTimeoutMs } = this.#endpoint;
    const streams = new SnapshotStreams({
      dialledLink: direction === 'outgoing',
      clock,
      connectTimeoutMs,
      offer: (stream) => link.queue(encodeSnapshotOffer(stream)),
      dial: (stream, onOpen, onFailed) => {
        const hello = (): Hello => this.#endpoint.hello('snapshot', peer, [link.token, stream]);
        const dial = this.#endpointOf(port)?.dial(peer, { hello, onOpen, onFailed });
        if (dial === undefined) onFailed(`server ${peer} is not in the server list`);
      },
      onSnapshot: (chunks) => this.#handler?.onSnapshot(id, chunks),
      onDialFailed: (reason) =>
        this.#endpoint.warnOfPeer(peer, `cannot connect a snapshot stream to server ${peer}: ${reason}`),
    });
    const link = new QuorumLink({ id, peer, direction, port }, streams, this.#outbox);
    this.#links.set(id, link);
    return link;
  }

  #onDialled(link: QuorumLink, socket: FrameSocket, hello: Hello): void {
    const [token] = hello.details;
    if (token === undefined) {
      socket.refuse(NOT_A_QUORUM_HELLO);
      this.#onDialFailed(link, NOT_A_QUORUM_HELLO.reason);
      return;
    }
    link.token = token;
    this.#open(link, socket);
  }

  #onDialFailed(link: QuorumLink, reason: string): void {
    this.#endpoint.warnOfPeer(link.peer, `cannot connect to server ${link.peer}: ${reason}`);
    this.#end(link, reason);
  }

  #onIncoming(socket: FrameSocket, peer: ServerId, port: QuorumPort): void {
    const connected = [...this.#links.values()].map((link) => link.peer);
    const refusal = this.#endpoint.refusalOfUnlisted(peer, connected);
    if (refusal !== undefined) {
      socket.refuse(refusal);
      return;
    }
    this.#boundIncomingLinks(peer);
    const link = this.#newLink(peer, 'incoming', port);
    socket.send(this.#endpoint.encodedHello(port, peer, [link.id]));
    this.#open(link, socket);
  }

  #boundIncomingLinks(peer: ServerId): void {
    const links = [...this.#links.values()].filter((link) => link.peer === peer && link.direction === 'incoming');
    const [oldest] = links;
    if (links.length >= MAX_INCOMING_LINKS && oldest !== undefined) this.#end(oldest, 'too many links of this server');
  }

  #onStream(socket: FrameSocket, hello: Hello): void {
    const [token, stream] = hello.details;
    const link = token === undefined ? undefined : this.#links.get(token as LinkId);
    if (stream === undefined || link?.peer !== hello.from || link.direction !== 'incoming') {
      socket.refuse(NO_LINK);
      return;
    }
    const answer = (): void => socket.send(this.#endpoint.encodedHello('snapshot', hello.from, []));
    link.streams.onConnected(stream, { socket, answer });
  }

  #open(link: QuorumLink, socket: FrameSocket): void {
    const { id, peer, direction, port } = link;
    socket.handler = {
      onFrame: (frame) => this.#onFrame(link, frame),
      onEnd: (end) => {
        if (end.code === CloseCode.BAD_FRAME) this.#endpoint.warnOfPeer(peer, `closed a link: ${end.reason}`);
        this.#end(link, end.reason);
      },
    };
    link.open(socket);
    this.#endpoint.peerReached(peer);
    const { tls = 'none', sasl = 'none' } = socket;
    this.#logger.info('quorum link up', { link: id, peer, direction, port, tls, sasl });
    this.#handler?.onLinkUp(id, peer, direction, port);
  }

  #onFrame(link: QuorumLink, frame: Uint8Array): void {
    const { packets, offeredStreams } = decodeFrame(frame);
    if (packets.length > 0) this.#handler?.onPackets(link.id, packets);
    for (const stream of offeredStreams) link.streams.onOffer(stream);
  }

  #end(link: QuorumLink, reason: string): void {
    this.#forget(link, reason);
    this.#handler?.onLinkDown(link.id, reason);
  }

  /** The link is down at once; its handler hears of it outside of the caller's call. */
  #endLater(link: QuorumLink, reason: string): void {
    this.#forget(link, reason);
    this.#ending.add(link.id);
    setImmediate(() => {
      if (this.#ending.delete(link.id)) this.#handler?.onLinkDown(link.id, reason);
    });
  }

  #forget(link: QuorumLink, reason: string): void {
    this.#links.delete(link.id);
    this.#logger.info('quorum link down', { link: link.id, peer: link.peer, reason });
    link.end(reason);
  }
}
