// Steps of sessions and connections: who is there, who comes, who goes and how.

import type { Random } from './random.ts';
import type { Step } from './step.ts';
import type { TreeModel } from './tree-model.ts';

const CLIENT_LIMIT = 5;
const TIMEOUTS_MS = [60_000, 60_000, 60_000, 45_000, 30_000, 10 ** 9];

interface ClientModel {
  readonly name: string;
  connected: boolean;
  /** False once its session ended. */
  alive: boolean;
  hasOldConnection: boolean;
  server: number;
}

export class SessionSteps {
  readonly #random: Random;
  readonly #tree: TreeModel;
  readonly servers: number;
  readonly #readOnly: boolean;
  readonly #clients: ClientModel[] = [];

  constructor(random: Random, tree: TreeModel, servers: number, readOnly: boolean) {
    this.#random = random;
    this.#tree = tree;
    this.servers = servers;
    this.#readOnly = readOnly;
  }

  get connected(): readonly string[] {
    return this.#clients.filter((client) => client.connected).map((client) => client.name);
  }

  get withOldConnection(): readonly string[] {
    return this.#clients.filter((client) => client.hasOldConnection).map((client) => client.name);
  }

  open(server = this.#random.below(this.servers)): Step {
    const name = `client${this.#clients.length + 1}`;
    this.#clients.push({ name, connected: true, alive: true, hasOldConnection: false, server });
    const readOnly = this.#random.weighted<boolean | 'omitted'>([
      [this.#readOnly ? 1 : 8, false],
      [this.#readOnly ? 18 : 1, true],
      [1, 'omitted'],
    ]);
    return { do: 'open', client: name, server, timeoutMs: this.#random.pick(TIMEOUTS_MS), readOnly };
  }

  /** One that changes who is connected; keeps at least two. */
  change(): Step[] {
    const living = this.#clients.filter((client) => client.alive);
    const away = living.filter((client) => !client.connected);
    if (this.connected.length < 2) return away.length > 0 ? [this.#reattach(this.#random.pick(away))] : [this.open()];
    return this.#random.weighted<() => Step[]>([
      [living.length < CLIENT_LIMIT ? 3 : 0, () => [this.open()]],
      [3, () => [this.#reattach(this.#random.pick(living))]],
      [2, () => this.#refusedReattach()],
      [2, () => [this.#drop(this.#random.pick(living))]],
      [living.length > 2 ? 2 : 0, () => [this.#close(this.#random.pick(living))]],
      // It shows by an ephemeral.
      [living.length > 2 && !this.#readOnly ? 0.4 : 0, () => [this.#expire(this.#random.pick(living))]],
    ])();
  }

  /** After something that ends a connection, at least on one of the servers that are compared. */
  again(name: string): Step[] {
    const client = this.#clients.find((one) => one.name === name);
    return client === undefined ? [this.open()] : [this.#drop(client), this.#reattach(client)];
  }

  #reattach(client: ClientModel): Step {
    const server = this.#random.below(this.servers);
    client.hasOldConnection = client.connected && server !== client.server;
    client.connected = true;
    client.server = server;
    const lastZxidSeen = this.#random.pick(['own', 'none'] as const);
    const timeoutMs = this.#random.pick(TIMEOUTS_MS);
    return { do: 'reattach', client: client.name, server, timeoutMs, password: 'right', lastZxidSeen };
  }

  /** Of any session, also one that is over; the connection is lost as well where the server ends it before it looks. */
  #refusedReattach(): Step[] {
    const client = this.#random.pick(this.#clients);
    const ahead = this.#random.chance(0.3);
    const password = ahead && client.alive ? 'right' : this.#random.pick(['wrong', 'empty'] as const);
    const { name, server } = client;
    const lastZxidSeen = ahead ? 'ahead' : 'own';
    const refused: Step = { do: 'reattach', client: name, server, timeoutMs: 60_000, password, lastZxidSeen };
    // ZooKeeper ends the connection that the session has before it looks at the password.
    return ahead || !client.alive ? [refused] : [refused, ...this.again(name)];
  }

  #drop(client: ClientModel): Step {
    Object.assign(client, { connected: false, hasOldConnection: false });
    return { do: 'drop', client: client.name };
  }

  #close(client: ClientModel): Step {
    if (!client.connected) return this.#reattach(client);
    this.#end(client);
    return { do: 'call', client: client.name, requests: [{ op: 'closeSession' }] };
  }

  #expire(client: ClientModel): Step {
    this.#end(client);
    return { do: 'expire', client: client.name };
  }

  #end(client: ClientModel): void {
    Object.assign(client, { connected: false, alive: false, hasOldConnection: false });
    this.#tree.endSession(client.name);
  }
}
