// QuorumTransport in memory.

import type { LinkId, QuorumPort, QuorumTransport, QuorumTransportHandler } from '@zebu/interfaces';
import { assert, type Ensemble, type QuorumPacket, type ServerId } from '@zebu/protocol';
import { LinkEnd, type LinkIdentity, type LinkOwner } from './link-end.ts';
import type { QuorumExchange, QuorumStation } from './quorum-exchange.ts';

export class MemoryQuorumTransport implements QuorumTransport, QuorumStation, LinkOwner {
  readonly self: ServerId;
  readonly #exchange: QuorumExchange;
  #ensemble: Ensemble;
  #handler: QuorumTransportHandler | undefined;
  readonly #links = new Map<LinkId, LinkEnd>();
  #linkCount = 0;

  constructor(self: ServerId, ensemble: Ensemble, exchange: QuorumExchange) {
    this.self = self;
    this.#ensemble = ensemble;
    this.#exchange = exchange;
  }

  // async, so that what join throws becomes a rejection.
  async start(handler: QuorumTransportHandler): Promise<void> {
    assert(this.#handler === undefined, 'a quorum transport starts once');
    this.#exchange.join(this);
    this.#handler = handler;
  }

  connect(to: ServerId, port: QuorumPort = 'quorum'): LinkId {
    const pipes = this.#exchange.pipes(this.self, to);
    const end = this.#newEnd({ peer: to, direction: 'outgoing', port }, pipes);
    if (!this.#ensemble.servers.has(to)) end.breakOff(`server ${to} is not in the server list`);
    else if (this.#exchange.isJoined(this)) this.#exchange.dial(this, end);
    return end.id;
  }

  send(link: LinkId, packets: readonly QuorumPacket[]): void {
    this.#links.get(link)?.send(packets);
  }

  queuedBytes(link: LinkId): number {
    return this.#links.get(link)?.queuedBytes ?? 0;
  }

  drained(link: LinkId, bytes: number): Promise<void> {
    return this.#links.get(link)?.drained(bytes) ?? Promise.resolve();
  }

  sendSnapshot(link: LinkId, chunks: AsyncIterable<Uint8Array>): Promise<void> {
    return this.#links.get(link)?.sendSnapshot(chunks) ?? Promise.reject(new Error('the link is down'));
  }

  closeLink(link: LinkId): void {
    this.#links.get(link)?.close('closed');
    this.#links.delete(link);
  }

  setEnsemble(ensemble: Ensemble): void {
    const before = this.#ensemble;
    this.#ensemble = ensemble;
    for (const end of this.#links.values()) {
      const left = before.servers.has(end.peer) && !ensemble.servers.has(end.peer);
      if (left) end.giveUp(`server ${end.peer} left the server list`);
    }
  }

  async close(): Promise<void> {
    this.#handler = undefined;
    for (const link of this.#links.keys()) this.closeLink(link);
    this.#exchange.leave(this);
  }

  get ends(): Iterable<LinkEnd> {
    return this.#links.values();
  }

  accept(dialled: LinkEnd): LinkEnd | undefined {
    const peer = dialled.owner.self;
    if (!this.#admits(peer)) return undefined;
    return this.#newEnd({ peer, direction: 'incoming', port: dialled.port }, dialled.pipesOfOther);
  }

  #admits(peer: ServerId): boolean {
    const { servers } = this.#ensemble;
    const peers = new Set([...this.#links.values()].map((end) => end.peer));
    peers.delete(peer);
    return (
      servers.has(peer) || [...peers].filter((other) => !servers.has(other)).length < this.#exchange.maxUnlistedServers
    );
  }

  announce(end: LinkEnd): void {
    this.#handler?.onLinkUp(end.id, end.peer, end.direction, end.port);
  }

  onPackets(end: LinkEnd, packets: QuorumPacket[]): void {
    this.#handler?.onPackets(end.id, packets);
  }

  onSnapshot(end: LinkEnd, chunks: AsyncIterable<Uint8Array>): void {
    this.#handler?.onSnapshot(end.id, chunks);
  }

  onDown(end: LinkEnd, reason: string): void {
    this.#links.delete(end.id);
    this.#handler?.onLinkDown(end.id, reason);
  }

  #newEnd(where: Omit<LinkIdentity, 'id'>, pipes: ReturnType<QuorumExchange['pipes']>): LinkEnd {
    const id = ++this.#linkCount as LinkId;
    const end = new LinkEnd({ id, ...where }, this, pipes, this.#exchange.medium);
    this.#links.set(id, end);
    return end;
  }
}
