// The network between the servers of one process: both ports for each server, with faults on request.

import type { ElectionTransport, QuorumTransport } from '@zebu/interfaces';
import type { Ensemble, ServerId } from '@zebu/protocol';
import type { Schedule } from './delivery.ts';
import { ElectionExchange } from './election-exchange.ts';
import { MemoryElectionTransport } from './election-transport.ts';
import { Partitions } from './partitions.ts';
import type { Medium } from './pipe.ts';
import { QuorumExchange } from './quorum-exchange.ts';
import { MemoryQuorumTransport } from './quorum-transport.ts';

export interface MemoryNetworkOptions {
  readonly schedule: Schedule;
  /** Servers outside its ensemble that a server is connected to at a time. */
  readonly maxUnlistedServers?: number;
}

const DEFAULT_MAX_UNLISTED_SERVERS = 16;

export interface MemoryNetwork {
  /** One at a time for each server: a second one cannot listen until the first is closed or crashed. */
  electionTransport(self: ServerId, ensemble: Ensemble): ElectionTransport;
  quorumTransport(self: ServerId, ensemble: Ensemble): QuorumTransport;
  /** Breaks all connections between two servers, with all that is under way, and lets none come up until heal(). */
  sever(a: ServerId, b: ServerId): void;
  /** Breaks all connections between two servers, with all that is under way. New ones can be made at once. */
  reset(a: ServerId, b: ServerId): void;
  /** Nothing from one server reaches the other until heal(), and neither notices: connections stay, and what is sent waits. */
  stall(from: ServerId, to: ServerId): void;
  /** Ends cuts and stalls between two servers, both ways. */
  heal(a: ServerId, b: ServerId): void;
  /** The server's transports are dead at once: what they had under way is lost, their peers find the connections broken. */
  crash(self: ServerId): void;
}

export function createMemoryNetwork(options: MemoryNetworkOptions): MemoryNetwork {
  const partitions = new Partitions();
  const medium: Medium = {
    schedule: options.schedule,
    stalled: (from, to) => partitions.stalled(from, to),
    turn: 0,
    waiting: new Set(),
  };
  const { maxUnlistedServers = DEFAULT_MAX_UNLISTED_SERVERS } = options;
  const election = new ElectionExchange(medium, partitions, maxUnlistedServers);
  const quorum = new QuorumExchange(medium, partitions, maxUnlistedServers);
  return {
    electionTransport: (self, ensemble) => new MemoryElectionTransport(self, ensemble, election),
    quorumTransport: (self, ensemble) => new MemoryQuorumTransport(self, ensemble, quorum),
    sever: (a, b) => {
      partitions.cut(a, b);
      election.breakBetween(a, b);
      quorum.breakBetween(a, b);
    },
    reset: (a, b) => {
      election.breakBetween(a, b);
      quorum.breakBetween(a, b);
      election.connect(a, b);
    },
    stall: (from, to) => {
      partitions.stall(from, to);
      quorum.failDialsBetween(from, to);
    },
    heal: (a, b) => {
      partitions.heal(a, b);
      for (const pipe of medium.waiting) pipe.wake();
      election.connect(a, b);
    },
    crash: (self) => {
      election.crash(self);
      quorum.crash(self);
    },
  };
}
