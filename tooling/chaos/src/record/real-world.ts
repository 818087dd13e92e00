// Real servers, in the words of the simulator: so its load runs against them, and its judges read what became of it.

import { type Client, createClient } from '@zebu/client';
import type { Millis, ServerId } from '@zebu/protocol';
import {
  type ClientSettings,
  History,
  recordSession,
  type SeededRandom,
  type WorkloadWorld,
} from '@zebu/simulator/clients';
import type { Host } from '../ensemble/place.ts';
import { Dialling } from './recording-dialer.ts';

const CONNECT_TIMEOUT_MS = 1000;
const SESSION_TIMEOUT_MS = 6000;
const BACKOFF = { initialMs: 20, maxMs: 250 };

export class RealWorld implements WorkloadWorld {
  readonly history: History;
  readonly random: SeededRandom;
  readonly ids: readonly ServerId[];
  readonly time: WorkloadWorld['time'];
  readonly #hosts: readonly Host[];
  readonly #dialling: Dialling;
  readonly #clients: Client[] = [];
  #isClosed = false;

  constructor(hosts: readonly Host[], random: SeededRandom) {
    const startedAt = performance.now();
    const now = (): Millis => performance.now() - startedAt;
    this.history = new History(now, true);
    this.random = random;
    this.ids = hosts.map(({ id }) => id);
    this.time = {
      get now() {
        return now();
      },
      sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
    };
    this.#hosts = hosts;
    this.#dialling = new Dialling(hosts);
  }

  client({ name, servers = this.ids, sessionTimeoutMs = SESSION_TIMEOUT_MS }: ClientSettings): Client {
    const hosts = this.#hosts.filter(({ id }) => servers.includes(id));
    const client = createClient({
      servers: hosts.map(({ address, ports }) => ({ host: address, port: ports.client })),
      sessionTimeoutMs,
      connectTimeoutMs: CONNECT_TIMEOUT_MS,
      backoff: BACKOFF,
      random: this.random.fork(),
      dialer: this.#dialling.dialer((server, header) => {
        if (!this.#isClosed) this.history.record({ type: 'replied', client: name, server, ...header });
      }),
    });
    recordSession(client, {
      serverAt: (address) => this.#dialling.serverAt(address),
      record: (fact) => {
        if (!this.#isClosed) this.history.record({ ...fact, client: name });
      },
    });
    this.#clients.push(client);
    return client;
  }

  dropClients(id: ServerId): void {
    this.#dialling.breakAll(id);
  }

  /** Leaves all sessions that are still there without a word. */
  close(): void {
    this.#isClosed = true;
    for (const client of this.#clients) client.detach();
  }
}
