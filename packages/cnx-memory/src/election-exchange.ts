// Connects the election transports of the network, two and two, whenever both are there, can reach each other, and one of them knows the other: a
// server is taken by those whom it knows, whether they know it or not.

import { TransportListenError } from '@zebu/interfaces';
import type { Notification, ServerId } from '@zebu/protocol';
import { directionOf, type Partitions } from './partitions.ts';
import { type Medium, Pipe } from './pipe.ts';
import { sizeOf } from './value-copy.ts';

/** What the exchange sees of a transport. */
export interface ElectionStation {
  readonly self: ServerId;
  knows(server: ServerId): boolean;
  /** Kept for an unreachable peer; undefined when there is nothing, or it was taken already. */
  takeNewest(peer: ServerId): Notification | undefined;
  receive(from: ServerId, notification: Notification): void;
  /** Idempotent, so that a link that broke before it was seen to be up goes unnoticed. */
  seeLink(peer: ServerId, up: boolean): void;
}

export class ElectionExchange {
  readonly #medium: Medium;
  readonly #partitions: Partitions;
  readonly #maxUnlistedServers: number;
  readonly #stations = new Map<ServerId, ElectionStation>();
  /** Directions of the connections that are up. */
  readonly #linked = new Set<string>();
  /** One for each direction, through all its connections: a link down thus never overtakes what came before it. */
  readonly #pipes = new Map<string, Pipe>();

  constructor(medium: Medium, partitions: Partitions, maxUnlistedServers: number) {
    this.#medium = medium;
    this.#partitions = partitions;
    this.#maxUnlistedServers = maxUnlistedServers;
  }

  /** Throws TransportListenError when the server has a transport already. */
  join(station: ElectionStation): void {
    if (this.#stations.has(station.self)) throw listenError('election', station.self);
    this.#stations.set(station.self, station);
    this.reconnect(station.self);
  }

  isJoined(station: ElectionStation): boolean {
    return this.#stations.get(station.self) === station;
  }

  /** Puts a server's connections in line with whom it knows now. Those that it does not know any more come back if they know it. */
  reconnect(self: ServerId, knewBefore: (peer: ServerId) => boolean = () => false): void {
    for (const peer of this.#stations.keys()) {
      if (peer === self) continue;
      if (knewBefore(peer) && this.#stations.get(self)?.knows(peer) === false) this.breakBetween(self, peer);
      this.connect(self, peer);
    }
  }

  connect(a: ServerId, b: ServerId): void {
    const [left, right] = [this.#stations.get(a), this.#stations.get(b)];
    if (left === undefined || right === undefined || this.linked(a, b)) return;
    if (!left.knows(b) && !right.knows(a)) return;
    if (!this.#admits(left, b) || !this.#admits(right, a) || !this.#partitions.connectable(a, b)) return;
    this.#open(left, right);
    this.#open(right, left);
  }

  linked(from: ServerId, to: ServerId): boolean {
    return this.#linked.has(directionOf(from, to));
  }

  send(from: ServerId, to: ServerId, notification: Notification): void {
    const deliver = (): void => this.#stations.get(to)?.receive(from, notification);
    this.#pipe(from, to).push('notification', deliver, sizeOf(notification));
  }

  breakBetween(a: ServerId, b: ServerId): void {
    if (!this.#unlink(a, b)) return;
    for (const [from, to] of [[a, b] as const, [b, a] as const]) {
      const pipe = this.#pipe(from, to);
      pipe.clear();
      pipe.pushLocal('linkDown', () => this.#stations.get(to)?.seeLink(from, false));
    }
  }

  /** What the server sent arrives, and then the end of its connections. */
  leave(station: ElectionStation): void {
    this.#remove(station.self, (pipe) => pipe);
  }

  /** What the server sent is lost. */
  crash(self: ServerId): void {
    this.#remove(self, (pipe) => pipe.clear());
  }

  #remove(self: ServerId, treat: (pipe: Pipe) => void): void {
    this.#stations.delete(self);
    this.#pipe(self, self).clear();
    for (const peer of this.#stations.keys()) {
      if (!this.#unlink(self, peer)) continue;
      this.#pipe(peer, self).clear();
      const pipe = this.#pipe(self, peer);
      treat(pipe);
      pipe.push('linkDown', () => this.#stations.get(peer)?.seeLink(self, false));
      // Another server may have waited for the place.
      this.reconnect(peer);
    }
  }

  #admits(station: ElectionStation, peer: ServerId): boolean {
    if (station.knows(peer)) return true;
    const others = [...this.#stations.keys()].filter((other) => this.linked(station.self, other));
    return others.filter((other) => !station.knows(other)).length < this.#maxUnlistedServers;
  }

  #open(from: ElectionStation, to: ElectionStation): void {
    this.#linked.add(directionOf(from.self, to.self));
    this.#pipe(from.self, to.self).push('linkUp', () => this.#stations.get(to.self)?.seeLink(from.self, true));
    const newest = from.takeNewest(to.self);
    if (newest !== undefined) this.send(from.self, to.self, newest);
  }

  /** False when the two were not connected. */
  #unlink(a: ServerId, b: ServerId): boolean {
    this.#linked.delete(directionOf(b, a));
    return this.#linked.delete(directionOf(a, b));
  }

  #pipe(from: ServerId, to: ServerId): Pipe {
    const direction = directionOf(from, to);
    let pipe = this.#pipes.get(direction);
    if (pipe === undefined) {
      pipe = new Pipe({ channel: 'election', from, to }, this.#medium);
      this.#pipes.set(direction, pipe);
    }
    return pipe;
  }
}

export const listenError = (port: string, self: ServerId): TransportListenError =>
  new TransportListenError(`${port} connections`, `server ${self} of the memory network`, {
    cause: new Error('address in use'),
  });
