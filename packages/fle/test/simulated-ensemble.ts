// Elections of several servers over a network and a clock that the test moves by hand: nothing happens unless a method is called.

import type { Election, ElectionEffect, ElectionInput, QuorumVerifier } from '@zebu/interfaces';
import type { Ensemble, Epoch, LearnerType, Millis, Notification, ServerId, ServerState, Vote } from '@zebu/protocol';
import { createFastLeaderElection, type FastLeaderElectionOptions } from '../src/index.ts';

export interface ServerSetup {
  readonly id: ServerId;
  readonly vote: Vote;
  readonly role: LearnerType;
  readonly weight: number;
}

export class SimulatedServer {
  readonly setup: ServerSetup;
  vote: Vote;
  election: Election;
  up = true;
  /** Stopped like a process under SIGSTOP: messages wait for it, its time passes unseen. */
  frozen = false;
  looking = false;
  state: ServerState = 'LOOKING';
  leader: ServerId | undefined;
  decidedAt: Millis | undefined;
  decisions = 0;
  lastSent: Notification | undefined;

  constructor(setup: ServerSetup, election: Election) {
    this.setup = setup;
    this.vote = setup.vote;
    this.election = election;
  }

  get id(): ServerId {
    return this.setup.id;
  }

  get active(): boolean {
    return this.up && !this.frozen;
  }
}

export interface Delivery {
  readonly from: ServerId;
  readonly to: ServerId;
}

const silentLogger = { debug() {}, info() {}, warn() {}, error() {} };
const neverRandom = { below: () => 0 };

export function ensembleOf(setups: readonly ServerSetup[]): Ensemble {
  const specification = ({ id, role }: ServerSetup) => ({
    id,
    role,
    quorumAddress: { host: '127.0.0.1', port: 2888 + id },
    electionAddress: { host: '127.0.0.1', port: 3888 + id },
  });
  return { version: 0n, servers: new Map(setups.map((setup) => [setup.id, specification(setup)])) };
}

/** More than half of all weight. */
export function verifierOf(setups: readonly ServerSetup[]): QuorumVerifier {
  const voters = setups.filter((setup) => setup.role === 'participant');
  const weights = new Map(voters.map((setup) => [setup.id, setup.weight]));
  const total = voters.reduce((sum, setup) => sum + setup.weight, 0);
  return {
    voters: new Set(weights.keys()),
    weightOf: (server) => weights.get(server) ?? 0,
    containsQuorum: (servers) =>
      2 * [...weights].reduce((sum, [id, weight]) => sum + (servers.has(id) ? weight : 0), 0) > total,
  };
}

export class SimulatedEnsemble {
  now: Millis = 0;
  readonly servers = new Map<ServerId, SimulatedServer>();
  /** What happened that no state shows, for the scenarios to print. */
  readonly events: string[] = [];
  readonly #options: FastLeaderElectionOptions;
  #ensemble: Ensemble;
  #verifier: QuorumVerifier;
  readonly #queues = new Map<string, Notification[]>();
  readonly #cuts = new Set<string>();

  constructor(setups: readonly ServerSetup[], options: FastLeaderElectionOptions) {
    this.#options = options;
    this.#ensemble = ensembleOf(setups);
    this.#verifier = verifierOf(setups);
    for (const setup of setups) this.servers.set(setup.id, new SimulatedServer(setup, this.#newElection(setup.id)));
  }

  server(id: ServerId): SimulatedServer {
    const server = this.servers.get(id);
    if (server === undefined) throw new Error(`no server ${id}`);
    return server;
  }

  get ids(): ServerId[] {
    return [...this.servers.keys()];
  }

  look(id: ServerId): void {
    const server = this.server(id);
    server.looking = true;
    server.state = 'LOOKING';
    server.leader = undefined;
    server.decidedAt = undefined;
    this.input(id, { type: 'look', vote: server.vote });
  }

  /** The peer enters a state of its own accord. */
  takeRole(id: ServerId, state: ServerState): void {
    const server = this.server(id);
    server.looking = false;
    server.state = state;
    server.leader = undefined;
    this.input(id, { type: 'roleChanged', state });
  }

  /** The peers of `servers` are told that the leader is established. */
  establish(leader: ServerId, epoch: Epoch, servers: readonly ServerId[]): void {
    for (const id of servers) {
      if (this.server(id).state !== 'LOOKING') this.server(id).leader = leader;
      this.input(id, { type: 'leaderEstablished', leader, epoch });
    }
  }

  /** Every server learns of a new configuration. Servers that are new to the scenario cannot join it. */
  reconfigure(setups: readonly ServerSetup[]): void {
    this.#ensemble = { ...ensembleOf(setups), version: this.#ensemble.version + 1n };
    this.#verifier = verifierOf(setups);
    const input = { type: 'configurationChanged', ensemble: this.#ensemble, verifier: this.#verifier } as const;
    for (const id of this.ids) this.input(id, input);
  }

  input(id: ServerId, input: ElectionInput): void {
    const server = this.server(id);
    if (server.up) this.#perform(server, server.election.step(input, this.now));
  }

  /** The links that have something to deliver to a server that can take it. */
  deliverable(): Delivery[] {
    return [...this.#queues]
      .filter(([, queue]) => queue.length > 0)
      .map(([key]) => parseKey(key))
      .filter(({ to }) => this.server(to).active);
  }

  deliver({ from, to }: Delivery): void {
    const notification = this.queue(from, to).shift();
    if (notification !== undefined) this.input(to, { type: 'notification', from, notification });
  }

  /** One from each link in turn, until all is quiet. */
  deliverAll(): void {
    for (let rounds = 0; ; rounds++) {
      const deliveries = this.deliverable();
      if (deliveries.length === 0) return;
      if (rounds > 1000) throw new Error('the servers never fall silent');
      for (const delivery of deliveries) this.deliver(delivery);
    }
  }

  queue(from: ServerId, to: ServerId): Notification[] {
    const key = `${from}>${to}`;
    const queue = this.#queues.get(key) ?? [];
    this.#queues.set(key, queue);
    return queue;
  }

  linkUp(one: ServerId, other: ServerId): void {
    this.#cuts.delete(pair(one, other));
    this.input(one, { type: 'linkUp', peer: other });
    this.input(other, { type: 'linkUp', peer: one });
  }

  linkDown(one: ServerId, other: ServerId): void {
    this.#cuts.add(pair(one, other));
    this.#clear(one, other);
    this.input(one, { type: 'linkDown', peer: other });
    this.input(other, { type: 'linkDown', peer: one });
  }

  isCut(one: ServerId, other: ServerId): boolean {
    return this.#cuts.has(pair(one, other));
  }

  /** The process is gone; others notice, unless the whole machine went without a word. */
  crash(id: ServerId, options: { readonly noticed: boolean }): void {
    const server = this.server(id);
    server.up = false;
    server.frozen = false;
    for (const other of this.ids) {
      this.#clear(id, other);
      if (options.noticed && other !== id && !this.isCut(id, other)) this.input(other, { type: 'linkDown', peer: id });
    }
  }

  /** A new process with the server's history; it does not look before it is told to. */
  start(id: ServerId): void {
    const server = this.server(id);
    server.up = true;
    server.election = this.#newElection(id);
    server.looking = false;
    server.state = 'LOOKING';
    server.leader = undefined;
    server.lastSent = undefined;
    for (const other of this.ids) {
      if (other !== id && this.server(other).up && !this.isCut(id, other)) this.linkUp(id, other);
    }
  }

  nextWakeup(): Millis | undefined {
    const wakeups = [...this.servers.values()].filter((server) => server.active).map(wakeupOf);
    const earliest = Math.min(...wakeups);
    return earliest === Number.POSITIVE_INFINITY ? undefined : earliest;
  }

  /** Time passes and ticks are given when they are due; nothing is delivered. */
  advanceTo(time: Millis): void {
    for (let wakeup = this.nextWakeup(); wakeup !== undefined && wakeup <= time; wakeup = this.nextWakeup()) {
      this.now = Math.max(this.now, wakeup);
      for (const server of this.servers.values()) {
        if (server.active && wakeupOf(server) <= this.now) this.input(server.id, { type: 'tick' });
      }
    }
    this.now = Math.max(this.now, time);
  }

  /** Everything is delivered at once and time passes, until every server that looks has decided. */
  runUntilDecided(limit: Millis): void {
    const end = this.now + limit;
    for (;;) {
      this.deliverAll();
      const wakeup = this.nextWakeup();
      if (wakeup === undefined) return;
      if (wakeup > end) {
        this.now = end;
        return;
      }
      this.advanceTo(wakeup);
    }
  }

  #newElection(id: ServerId): Election {
    const dependencies = {
      self: id,
      ensemble: this.#ensemble,
      verifier: this.#verifier,
      random: neverRandom,
      logger: silentLogger,
    };
    return createFastLeaderElection(dependencies, this.#options);
  }

  #perform(server: SimulatedServer, effects: readonly ElectionEffect[]): void {
    for (const effect of effects) {
      switch (effect.type) {
        case 'send':
          server.lastSent = effect.notification;
          this.#send(server.id, effect.to, effect.notification);
          break;
        case 'elected':
          server.looking = false;
          server.state = effect.state;
          server.leader = effect.vote.leader;
          server.decidedAt = this.now;
          server.decisions++;
          this.#perform(server, server.election.step({ type: 'roleChanged', state: effect.state }, this.now));
          break;
        case 'supportLost':
          this.events.push(`${server.id} lost its support`);
          break;
      }
    }
  }

  #send(from: ServerId, to: ServerId, notification: Notification): void {
    if (this.servers.get(to)?.up === true && !this.isCut(from, to)) this.queue(from, to).push(notification);
  }

  #clear(one: ServerId, other: ServerId): void {
    this.queue(one, other).length = 0;
    this.queue(other, one).length = 0;
  }
}

const wakeupOf = (server: SimulatedServer): Millis => server.election.nextWakeup() ?? Number.POSITIVE_INFINITY;
const pair = (one: ServerId, other: ServerId): string => (one < other ? `${one}-${other}` : `${other}-${one}`);

function parseKey(key: string): Delivery {
  const [from, to] = key.split('>').map(Number) as [ServerId, ServerId];
  return { from, to };
}
