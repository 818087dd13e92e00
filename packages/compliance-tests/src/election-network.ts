// A network of elections under simulated time, with stand-ins for the peers around them. The suite in election.ts drives it, and modules' own tests may.

import type { Election, ElectionDependencies, ElectionEffect, ElectionInput, QuorumVerifier } from '@zebu/interfaces';
import type { Epoch, Millis, Notification, ServerId, ServerState } from '@zebu/protocol';
import {
  dependenciesOf,
  type ElectionServer,
  isAheadOf,
  type SeededRandom,
  seededRandom,
  verifierOf,
  voteOf,
} from './election-servers.ts';

export interface NetworkFaults {
  /** Probabilities for each notification. */
  readonly loss: number;
  readonly duplication: number;
  /** Longest delay; notifications of one link overtake each other when `reordering` is set. */
  readonly delayMs: Millis;
  readonly reordering: boolean;
}

export type { ElectionServer } from './election-servers.ts';

export const NO_FAULTS: NetworkFaults = { loss: 0, duplication: 0, delayMs: 0, reordering: false };

/** One step of an election, for replaying. */
export interface RecordedStep {
  readonly input: ElectionInput;
  readonly now: Millis;
  readonly effects: readonly ElectionEffect[];
  readonly nextWakeup: Millis | undefined;
}

export interface Node {
  readonly server: ElectionServer;
  election: Election;
  up: boolean;
  state: ServerState;
  looking: boolean;
  leader: ServerId | undefined;
  decidedAt: Millis;
  /** Of the leadership that it was told is established. */
  establishedEpoch: Epoch | undefined;
  /** Since it was started. */
  steps: RecordedStep[];
}

interface Delivery {
  readonly at: Millis;
  readonly from: ServerId;
  readonly to: ServerId;
  readonly notification: Notification;
}

/** How long a stand-in waits for its leader or its followers before it looks again. */
const FOLLOW_PATIENCE_MS = 1000;

export class ElectionNetwork {
  now: Millis = 0;
  faults: NetworkFaults;
  /** What no election may do; a suite expects it to stay empty. */
  readonly violations: string[] = [];
  readonly #create: (dependencies: ElectionDependencies) => Election;
  readonly #servers: readonly ElectionServer[];
  readonly #verifier: QuorumVerifier;
  readonly #random: SeededRandom;
  readonly #seed: number;
  readonly #nodes: ReadonlyMap<ServerId, Node>;
  readonly #cuts = new Set<string>();
  #deliveries: Delivery[] = [];
  #lastEpoch = 1000;

  constructor(
    create: (dependencies: ElectionDependencies) => Election,
    servers: readonly ElectionServer[],
    options: { readonly seed: number; readonly faults: NetworkFaults },
  ) {
    this.#create = create;
    this.#servers = servers;
    this.#verifier = verifierOf(servers);
    this.#random = seededRandom(options.seed);
    this.#seed = options.seed;
    this.faults = options.faults;
    this.#nodes = new Map(servers.map((server) => [server.id as ServerId, this.#newNode(server)]));
  }

  node(id: number): Readonly<Node> {
    return this.#nodes.get(id as ServerId) as Node;
  }

  start(...ids: readonly number[]): void {
    for (const id of ids) {
      const node = this.#nodes.get(id as ServerId) as Node;
      Object.assign(node, this.#newNode(node.server), { up: true });
      this.#tellLinks(node, 'linkUp');
      this.#look(node);
    }
  }

  /** The process is gone, with what was under way to and from it. */
  stop(id: number): void {
    const node = this.#nodes.get(id as ServerId) as Node;
    node.up = false;
    this.#deliveries = this.#deliveries.filter(({ from, to }) => from !== id && to !== id);
    this.#tellLinks(node, 'linkDown');
  }

  /** Nothing passes between the two any more, and both notice. */
  cut(one: number, other: number): void {
    this.#cuts.add(linkOf(one, other));
    this.#deliveries = this.#deliveries.filter(({ from, to }) => linkOf(from, to) !== linkOf(one, other));
    this.#tellOf(one, other, 'linkDown');
  }

  heal(one: number, other: number): void {
    this.#cuts.delete(linkOf(one, other));
    this.#tellOf(one, other, 'linkUp');
  }

  /** A notification that no server of the network sent. */
  inject(to: number, from: ServerId, notification: Notification): void {
    this.#step(this.#nodes.get(to as ServerId) as Node, { type: 'notification', from, notification });
  }

  /** The leader that a quorum follows and that all servers that are up agree on. */
  commonLeader(): ServerId | undefined {
    const up = [...this.#nodes.values()].filter((node) => node.up);
    const leader = up.find((node) => node.state === 'LEADING' && node.establishedEpoch !== undefined);
    return up.every((node) => node.leader === leader?.server.id) ? (leader?.server.id as ServerId) : undefined;
  }

  /** Runs until `done`, or until `limit` of simulated time has passed or nothing is left to happen. Returns whether it is done. */
  run(done: () => boolean, limit: Millis): boolean {
    const end = this.now + limit;
    for (let steps = 0; steps < 200_000; steps++) {
      if (this.#attendAll()) continue;
      if (done()) return true;
      const next = this.#nextEvent();
      if (next > end) break;
      this.now = Math.max(this.now, next);
      this.#deliverDue();
      this.#tickDue();
    }
    this.now = Math.max(this.now, end);
    return done();
  }

  #newNode(server: ElectionServer): Node {
    return {
      server,
      election: this.#create(dependenciesOf(server.id, this.#servers, this.#seed)),
      up: false,
      state: 'LOOKING',
      looking: false,
      leader: undefined,
      decidedAt: 0,
      establishedEpoch: undefined,
      steps: [],
    };
  }

  #tellLinks(node: Node, type: 'linkUp' | 'linkDown'): void {
    for (const other of this.#nodes.values()) {
      if (other === node || !other.up || this.#cuts.has(linkOf(node.server.id, other.server.id))) continue;
      this.#step(other, { type, peer: node.server.id as ServerId });
      if (node.up) this.#step(node, { type, peer: other.server.id as ServerId });
    }
  }

  #tellOf(one: number, other: number, type: 'linkUp' | 'linkDown'): void {
    for (const [self, peer] of [
      [one, other],
      [other, one],
    ] as const) {
      const node = this.#nodes.get(self as ServerId) as Node;
      if (node.up) this.#step(node, { type, peer: peer as ServerId });
    }
  }

  #look(node: Node): void {
    node.state = 'LOOKING';
    node.looking = true;
    node.leader = undefined;
    node.establishedEpoch = undefined;
    this.#step(node, { type: 'look', vote: voteOf(node.server) });
  }

  #step(node: Node, input: ElectionInput): void {
    const effects = node.election.step(input, this.now);
    node.steps.push({ input, now: this.now, effects, nextWakeup: node.election.nextWakeup() });
    for (const effect of effects) this.#perform(node, effect);
  }

  #perform(node: Node, effect: ElectionEffect): void {
    switch (effect.type) {
      case 'send':
        return this.#send(node, effect.to, effect.notification);
      case 'elected':
        this.#check(node, effect);
        node.looking = false;
        node.state = effect.state;
        node.leader = effect.vote.leader;
        node.decidedAt = this.now;
        return this.#step(node, { type: 'roleChanged', state: effect.state });
      case 'supportLost':
        // A hint: the stand-in's own patience would come to the same, later.
        node.decidedAt = Number.NEGATIVE_INFINITY;
        return;
    }
  }

  #check(node: Node, { vote, state }: Extract<ElectionEffect, { type: 'elected' }>): void {
    const { id, role } = node.server;
    const leader = this.#nodes.get(vote.leader)?.server;
    const eligible = leader !== undefined && leader.zxid !== -1n && this.#verifier.weightOf(vote.leader) > 0;
    if (!eligible) this.violations.push(`${id} elected ${vote.leader}, which must not lead`);
    const expected = vote.leader === id ? 'LEADING' : role === 'observer' ? 'OBSERVING' : 'FOLLOWING';
    if (state !== expected) this.violations.push(`${id} is ${state} after electing ${vote.leader}`);
    if (!node.looking) this.violations.push(`${id} elected ${vote.leader} without looking`);
  }

  #send(node: Node, to: ServerId, notification: Notification): void {
    const target = this.#nodes.get(to);
    const from = node.server.id as ServerId;
    if (target?.up !== true || this.#cuts.has(linkOf(from, to)) || this.#chance(this.faults.loss)) return;
    const copies = this.#chance(this.faults.duplication) ? 2 : 1;
    for (let copy = 0; copy < copies; copy++) {
      const delayed = this.now + (this.faults.delayMs === 0 ? 0 : this.#random.below(this.faults.delayMs));
      const before = this.#deliveries.filter((delivery) => delivery.from === from && delivery.to === to);
      const at = this.faults.reordering ? delayed : Math.max(delayed, ...before.map((delivery) => delivery.at));
      this.#deliveries.push({ at, from, to, notification });
    }
  }

  #chance(probability: number): boolean {
    return probability > 0 && this.#random.below(1000) < probability * 1000;
  }

  #nextEvent(): Millis {
    const nodes = [...this.#nodes.values()].filter((node) => node.up);
    return Math.min(
      ...this.#deliveries.map((delivery) => delivery.at),
      ...nodes.map((node) => node.election.nextWakeup() ?? Number.POSITIVE_INFINITY),
      ...nodes
        .map((node) => (node.looking ? Number.POSITIVE_INFINITY : node.decidedAt + FOLLOW_PATIENCE_MS))
        .filter((deadline) => deadline > this.now),
    );
  }

  #deliverDue(): void {
    const due = this.#deliveries.filter((delivery) => delivery.at <= this.now);
    this.#deliveries = this.#deliveries.filter((delivery) => delivery.at > this.now);
    for (const { from, to, notification } of due.sort((one, other) => one.at - other.at)) {
      const node = this.#nodes.get(to) as Node;
      if (node.up) this.#step(node, { type: 'notification', from, notification });
    }
  }

  #tickDue(): void {
    for (const node of this.#nodes.values()) {
      if (node.up && (node.election.nextWakeup() ?? Number.POSITIVE_INFINITY) <= this.now) {
        this.#step(node, { type: 'tick' });
      }
    }
  }

  /** What peers do with the advice. True when one did something. */
  #attendAll(): boolean {
    return [...this.#nodes.values()].filter((node) => node.up && !node.looking && this.#attend(node)).length > 0;
  }

  #attend(node: Node): boolean {
    const impatient = this.now >= node.decidedAt + FOLLOW_PATIENCE_MS;
    if (node.state !== 'LEADING') {
      if (this.#follows(node) || !impatient) return false;
      this.#look(node);
      return true;
    }
    const followers = [...this.#nodes.values()].filter((other) => other.leader === node.leader && this.#follows(other));
    // As in discovery: a voter with a history above the leader's is not counted.
    const counted = followers.filter((follower) => !isAheadOf(follower.server, node.server));
    const supporters = new Set([node, ...counted].map((supporter) => supporter.server.id as ServerId));
    if (this.#verifier.containsQuorum(supporters)) return this.#establish(node, followers);
    if (node.establishedEpoch === undefined && !impatient) return false;
    this.#look(node);
    return true;
  }

  #follows(node: Node): boolean {
    const leader = node.leader === undefined ? undefined : this.#nodes.get(node.leader);
    if (leader !== undefined && this.#cuts.has(linkOf(node.server.id, leader.server.id))) return false;
    return node.up && node !== leader && leader?.up === true && leader.state === 'LEADING';
  }

  #establish(leader: Node, followers: readonly Node[]): boolean {
    const epoch = leader.establishedEpoch ?? (++this.#lastEpoch as Epoch);
    const news = [leader, ...followers].filter((node) => node.establishedEpoch !== epoch);
    for (const node of news) {
      node.establishedEpoch = epoch;
      this.#step(node, { type: 'leaderEstablished', leader: leader.server.id as ServerId, epoch });
    }
    return news.length > 0;
  }
}

const linkOf = (one: number, other: number): string => `${Math.min(one, other)}-${Math.max(one, other)}`;
