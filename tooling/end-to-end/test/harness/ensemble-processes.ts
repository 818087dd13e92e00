// An ensemble of real server processes in a temporary directory.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePorts } from '@zebu/ensemble/free-ports';
import { ServerProcess } from './server-process.ts';
import { until } from './wait.ts';

export interface EnsembleSettings {
  readonly servers?: number;
  /** How many of the servers, the last ones, are observers. */
  readonly observers?: number;
  /** Where the others find a server; an address of its own where servers share a port number. */
  readonly hostOf?: (id: number) => string;
  /** More lines of zoo.cfg, for all servers. */
  readonly lines?: readonly string[];
}

export class EnsembleProcesses {
  readonly directory: string;
  readonly servers: readonly ServerProcess[];

  private constructor(directory: string, servers: readonly ServerProcess[]) {
    this.directory = directory;
    this.servers = servers;
  }

  /** Writes configurations; starts nothing yet. */
  static async create(settings: EnsembleSettings = {}): Promise<EnsembleProcesses> {
    const count = settings.servers ?? 3;
    const directory = mkdtempSync(join(tmpdir(), 'zebu-end-to-end-'));
    const ports = await freePorts(3 * count);
    const of = (index: number) => ({
      client: ports[3 * index] as number,
      quorum: ports[3 * index + 1] as number,
      election: ports[3 * index + 2] as number,
    });
    const serverLines = Array.from({ length: count }, (_, index) => {
      const { quorum, election } = of(index);
      const host = settings.hostOf?.(index + 1) ?? '127.0.0.1';
      const observes = index >= count - (settings.observers ?? 0);
      return `server.${index + 1}=${host}:${quorum}:${election}${observes ? ':observer' : ''}`;
    });
    const servers = Array.from({ length: count }, (_, index) => {
      const home = join(directory, `server-${index + 1}`);
      const lines = [
        'tickTime=500',
        'initLimit=20',
        'syncLimit=6',
        `dataDir=${join(home, 'data')}`,
        `clientPort=${of(index).client}`,
        'clientPortAddress=127.0.0.1',
        'admin.enableServer=false',
        'maxClientCnxns=0',
        '4lw.commands.whitelist=*',
        ...(settings.lines ?? []),
        ...(count > 1 ? serverLines : []),
      ];
      return new ServerProcess(index + 1, home, of(index), lines);
    });
    return new EnsembleProcesses(directory, servers);
  }

  static async start(settings: EnsembleSettings = {}): Promise<EnsembleProcesses> {
    const ensemble = await EnsembleProcesses.create(settings);
    for (const server of ensemble.servers) server.start();
    await ensemble.serving();
    return ensemble;
  }

  server(id: number): ServerProcess {
    const server = this.servers[id - 1];
    if (server === undefined) throw new Error(`no server ${id}`);
    return server;
  }

  get connectString(): string {
    return this.servers.map((server) => server.address).join(',');
  }

  async serving(): Promise<void> {
    await Promise.all(this.servers.map((server) => server.serving()));
  }

  leader(): Promise<ServerProcess> {
    return until('a leader', async () => {
      for (const server of this.servers) if ((await server.mode()) === 'leader') return server;
      return undefined;
    });
  }

  async follower(): Promise<ServerProcess> {
    const leader = await this.leader();
    return this.servers.find((server) => server !== leader) as ServerProcess;
  }

  async stop(): Promise<void> {
    for (const server of this.servers) server.resume();
    await Promise.all(this.servers.map((server) => server.stop('SIGKILL')));
  }

  /** Stops, and removes the directory; kept when a test failed, so that it can be looked at. */
  async dispose(failed = false): Promise<void> {
    await this.stop();
    if (!failed) rmSync(this.directory, { recursive: true, force: true });
  }
}
