// ElectionTransport in memory.

import type { ElectionTransport, ElectionTransportHandler } from '@zebu/interfaces';
import { assert, type Ensemble, type Notification, type ServerId } from '@zebu/protocol';
import type { ElectionExchange, ElectionStation } from './election-exchange.ts';
import { copyOf } from './value-copy.ts';

export class MemoryElectionTransport implements ElectionTransport, ElectionStation {
  readonly self: ServerId;
  readonly #exchange: ElectionExchange;
  #ensemble: Ensemble;
  #handler: ElectionTransportHandler | undefined;
  readonly #newest = new Map<ServerId, Notification>();
  readonly #up = new Set<ServerId>();

  constructor(self: ServerId, ensemble: Ensemble, exchange: ElectionExchange) {
    this.self = self;
    this.#ensemble = ensemble;
    this.#exchange = exchange;
  }

  // async, so that what join throws becomes a rejection.
  async start(handler: ElectionTransportHandler): Promise<void> {
    assert(this.#handler === undefined, 'an election transport starts once');
    this.#exchange.join(this);
    this.#handler = handler;
  }

  send(to: ServerId, notification: Notification): void {
    const reachable = to === this.self || this.#exchange.linked(this.self, to);
    if (reachable && this.#exchange.isJoined(this)) this.#exchange.send(this.self, to, copyOf(notification));
    else if (this.knows(to)) this.#newest.set(to, copyOf(notification));
  }

  setEnsemble(ensemble: Ensemble): void {
    const before = this.#ensemble;
    this.#ensemble = ensemble;
    for (const peer of this.#newest.keys()) if (!this.knows(peer)) this.#newest.delete(peer);
    if (this.#exchange.isJoined(this)) this.#exchange.reconnect(this.self, (peer) => before.servers.has(peer));
  }

  async close(): Promise<void> {
    this.#handler = undefined;
    if (this.#exchange.isJoined(this)) this.#exchange.leave(this);
  }

  knows(server: ServerId): boolean {
    return this.#ensemble.servers.has(server);
  }

  takeNewest(peer: ServerId): Notification | undefined {
    const newest = this.#newest.get(peer);
    this.#newest.delete(peer);
    return newest;
  }

  receive(from: ServerId, notification: Notification): void {
    this.#handler?.onNotification(from, notification);
  }

  seeLink(peer: ServerId, up: boolean): void {
    if (this.#up.has(peer) === up) return;
    if (up) this.#up.add(peer);
    else this.#up.delete(peer);
    if (up) this.#handler?.onLinkUp(peer);
    else this.#handler?.onLinkDown(peer);
  }
}
