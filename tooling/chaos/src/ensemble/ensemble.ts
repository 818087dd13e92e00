// The servers of a run, and what they say of themselves.

import type { ServerId } from '@zebu/protocol';
import type { Patience } from '../run/patience.ts';
import type { Host } from './place.ts';
import { ServerProcess } from './server-process.ts';
import { type EnsembleSettings, zooCfg } from './zoo-cfg.ts';

export class Ensemble {
  readonly servers: readonly ServerProcess[];
  readonly settings: EnsembleSettings;
  readonly #patience: Patience;

  constructor(hosts: readonly Host[], settings: EnsembleSettings, patience: Patience) {
    this.settings = settings;
    this.#patience = patience;
    this.servers = hosts.map((host) => new ServerProcess(host, zooCfg(host, hosts, settings)));
  }

  /** Of what a learner or leader takes for dead. */
  get syncLimitMs(): number {
    return this.settings.tickTimeMs * this.settings.syncLimit;
  }

  server(id: ServerId): ServerProcess {
    const server = this.servers.find((each) => each.id === id);
    if (server === undefined) throw new Error(`no server ${id}`);
    return server;
  }

  startAll(): void {
    for (const server of this.servers) server.start();
  }

  async serving(servers: readonly ServerProcess[] = this.servers): Promise<void> {
    await this.#patience.until(`servers ${idsOf(servers)} to serve`, async () => {
      const modes = await Promise.all(servers.map((server) => server.mode()));
      return modes.every((mode) => mode !== undefined);
    });
  }

  /** One of these that says that it leads. */
  leader(among: readonly ServerProcess[] = this.servers): Promise<ServerProcess> {
    return this.#patience.until(`one of servers ${idsOf(among)} to lead`, async () => {
      const modes = await Promise.all(among.map((server) => server.mode()));
      return among.find((_server, index) => modes[index] === 'leader');
    });
  }

  others(than: readonly ServerProcess[]): ServerProcess[] {
    return this.servers.filter((server) => !than.includes(server));
  }

  /** All are at one zxid, and no session is left whose end would change that. */
  async inStep(): Promise<void> {
    await this.#patience.until('all servers to be at one zxid, and all sessions to be over', async () => {
      const [first, ...rest] = await Promise.all(this.servers.map((server) => server.position()));
      return first?.sessionCount === 0 && rest.every((position) => position?.zxid === first.zxid);
    });
  }

  /** Epochs that some server led, oldest first. */
  epochsLed(): { readonly server: ServerId; readonly epoch: number }[] {
    return this.servers
      .flatMap(({ id, log }) => log.epochsLed().map((epoch) => ({ server: id, epoch })))
      .sort((left, right) => left.epoch - right.epoch);
  }

  /** Of all servers together. */
  silencesNoticed(): number {
    return this.servers.reduce((sum, { log }) => sum + log.silencesNoticed(), 0);
  }

  /** Whatever state they are in. */
  async endAll(): Promise<void> {
    // A stopped process dies of SIGKILL, too.
    await Promise.all(this.servers.map((server) => server.end('SIGKILL')));
  }
}

export const idsOf = (servers: readonly ServerProcess[]): string => servers.map(({ id }) => id).join(', ');
