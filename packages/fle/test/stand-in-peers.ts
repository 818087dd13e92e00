// What a real peer would do with an election's advice, as far as elections can tell: a leader is established once a quorum follows it,
// and whoever waits in vain looks again.

import type { Epoch, Millis, ServerId } from '@zebu/protocol';
import type { SimulatedEnsemble, SimulatedServer } from './simulated-ensemble.ts';

/** How long a follower waits for its leader, and a leader for followers. */
const PATIENCE_MS = 500;

export class StandInPeers {
  readonly #ensemble: SimulatedEnsemble;
  readonly #containsQuorum: (servers: ReadonlySet<ServerId>) => boolean;
  readonly #established = new Map<ServerId, Epoch>();
  /** By server: the leadership it is in sync with. */
  readonly #synced = new Map<ServerId, string>();
  #lastEpoch = 100;

  constructor(ensemble: SimulatedEnsemble, containsQuorum: (servers: ReadonlySet<ServerId>) => boolean) {
    this.#ensemble = ensemble;
    this.#containsQuorum = containsQuorum;
  }

  /** Looks at every server once. Returns true when something happened. */
  step(): boolean {
    return [...this.#ensemble.servers.values()].filter((server) => server.active && this.#attend(server)).length > 0;
  }

  isEstablished(leader: ServerId): boolean {
    return this.#established.has(leader);
  }

  /** When the next patience ends. */
  nextDeadline(): Millis {
    const waiting = [...this.#ensemble.servers.values()].filter((server) => server.active && this.#waits(server));
    return Math.min(...waiting.map((server) => (server.decidedAt ?? 0) + PATIENCE_MS));
  }

  #waits(server: SimulatedServer): boolean {
    if (server.state === 'LOOKING') return false;
    return server.state === 'LEADING' ? !this.#established.has(server.id) : !this.#follows(server);
  }

  #attend(server: SimulatedServer): boolean {
    if (server.state !== 'LEADING') this.#established.delete(server.id);
    if (server.state === 'LEADING') return this.#lead(server);
    if (server.state === 'LOOKING') return !server.looking && this.#look(server);
    if (this.#follows(server)) return false;
    return this.#ensemble.now >= (server.decidedAt ?? 0) + PATIENCE_MS && this.#look(server);
  }

  #lead(leader: SimulatedServer): boolean {
    const followers = [...this.#ensemble.servers.values()].filter(
      (server) => server.active && server.leader === leader.id && this.#follows(server),
    );
    const supported = this.#containsQuorum(new Set([leader.id, ...followers.map((server) => server.id)]));
    const epoch = this.#established.get(leader.id);
    if (!supported) {
      const waitedEnough = this.#ensemble.now >= (leader.decidedAt ?? 0) + PATIENCE_MS;
      const event = this.#ensemble.events.indexOf(`${leader.id} lost its support`);
      const lost = event !== -1 && this.#ensemble.events.splice(event, 1).length > 0;
      if (epoch === undefined && !waitedEnough && !lost) return false;
      this.#established.delete(leader.id);
      return this.#look(leader);
    }
    return this.#establish([leader, ...followers], leader.id, epoch ?? (++this.#lastEpoch as Epoch));
  }

  /** Tells those that have not been told since they last decided. */
  #establish(servers: readonly SimulatedServer[], leader: ServerId, epoch: Epoch): boolean {
    this.#established.set(leader, epoch);
    const leadership = (server: SimulatedServer): string => `${leader} ${epoch} ${server.decisions}`;
    const news = servers.filter((server) => this.#synced.get(server.id) !== leadership(server));
    for (const server of news) {
      this.#synced.set(server.id, leadership(server));
      server.vote = { ...server.vote, peerEpoch: epoch };
      this.#ensemble.input(server.id, { type: 'leaderEstablished', leader, epoch });
    }
    return news.length > 0;
  }

  #follows(server: SimulatedServer): boolean {
    const leader = server.leader === undefined ? undefined : this.#ensemble.server(server.leader);
    const reachable = leader?.active === true && !this.#ensemble.isCut(server.id, leader.id);
    return reachable && leader.state === 'LEADING';
  }

  #look(server: SimulatedServer): true {
    this.#ensemble.look(server.id);
    return true;
  }
}
