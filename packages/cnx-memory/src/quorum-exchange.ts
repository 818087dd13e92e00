// Where dials find the quorum transport of the other server, and where partitions and crashes find the links that they break.

import type { ServerId } from '@zebu/protocol';
import { listenError } from './election-exchange.ts';
import type { LinkEnd } from './link-end.ts';
import type { Partitions } from './partitions.ts';
import { type Medium, Pipe } from './pipe.ts';

/** What the exchange sees of a transport. */
export interface QuorumStation {
  readonly self: ServerId;
  /** Its link ends that are not down. */
  readonly ends: Iterable<LinkEnd>;
  /** Undefined when it is connected to as many servers that it does not know as may be. */
  accept(dialled: LinkEnd): LinkEnd | undefined;
  /** An end is up. */
  announce(end: LinkEnd): void;
}

export class QuorumExchange {
  readonly medium: Medium;
  readonly maxUnlistedServers: number;
  readonly #partitions: Partitions;
  readonly #stations = new Map<ServerId, QuorumStation>();

  constructor(medium: Medium, partitions: Partitions, maxUnlistedServers: number) {
    this.medium = medium;
    this.maxUnlistedServers = maxUnlistedServers;
    this.#partitions = partitions;
  }

  /** Throws TransportListenError when the server has a transport already. */
  join(station: QuorumStation): void {
    if (this.#stations.has(station.self)) throw listenError('quorum', station.self);
    this.#stations.set(station.self, station);
  }

  leave(station: QuorumStation): void {
    if (this.isJoined(station)) this.#stations.delete(station.self);
  }

  isJoined(station: QuorumStation): boolean {
    return this.#stations.get(station.self) === station;
  }

  pipes(from: ServerId, to: ServerId): { readonly out: Pipe; readonly in: Pipe } {
    const out = new Pipe({ channel: 'quorum', from, to }, this.medium);
    return { out, in: new Pipe({ channel: 'quorum', from: to, to: from }, this.medium) };
  }

  dial(station: QuorumStation, end: LinkEnd): void {
    if (!this.#partitions.connectable(station.self, end.peer)) end.breakOff('the server cannot be reached');
    else end.transmit('dial', () => this.#arrive(station, end));
  }

  #arrive(dialler: QuorumStation, end: LinkEnd): void {
    const station = this.#stations.get(end.peer);
    const accepted = station?.accept(end);
    if (station === undefined || accepted === undefined) {
      end.breakOff('the server does not accept the connection');
      return;
    }
    end.other = accepted;
    accepted.other = end;
    accepted.state = 'up';
    accepted.transmit('linkUp', () => becomeUp(dialler, end));
    station.announce(accepted);
  }

  breakBetween(a: ServerId, b: ServerId): void {
    for (const end of this.#endsBetween(a, b)) end.breakOff('the connection broke');
  }

  /** A dial into silence would never end: there is no connect timeout where there is no time. */
  failDialsBetween(a: ServerId, b: ServerId): void {
    for (const end of this.#endsBetween(a, b)) {
      if (end.state !== 'connecting') continue;
      end.breakOff('the server does not answer');
      end.other?.breakOff('the connection broke');
    }
  }

  crash(self: ServerId): void {
    const station = this.#stations.get(self);
    this.#stations.delete(self);
    for (const end of station?.ends ?? []) end.crash('the connection broke');
  }

  #endsBetween(a: ServerId, b: ServerId): LinkEnd[] {
    const endsOf = (server: ServerId): LinkEnd[] => [...(this.#stations.get(server)?.ends ?? [])];
    return [...endsOf(a).filter((end) => end.peer === b), ...endsOf(b).filter((end) => end.peer === a)];
  }
}

/** Unless the dialling server has given the link up meanwhile. */
function becomeUp(station: QuorumStation, end: LinkEnd): void {
  if (end.state !== 'connecting') return;
  end.state = 'up';
  station.announce(end);
}
