// An ensemble whose servers come and go while it runs. Each server has its ports from the beginning, and a zoo.cfg of its own that lists those with
// whom it starts.

import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Client, createClient } from '@zebu/client';
import { freePorts } from '@zebu/ensemble/free-ports';
import { ask } from './four-letter-words.ts';
import { type ServerPorts, ServerProcess } from './server-process.ts';
import { until } from './wait.ts';

/** Whoever proves it may change the ensemble. */
export const SUPER = 'super:secret';
const SUPER_DIGEST = 'DigestAuthenticationProvider.superDigest=super:lK75jTNcA+U9vtVEw5vB51mj/w4=';

export interface ChangingEnsembleSettings {
  /** All that there will be. */
  readonly servers: number;
  /** More lines of zoo.cfg, for all servers. */
  readonly lines?: readonly string[];
}

export class ChangingEnsemble {
  readonly directory: string;
  readonly #lines: readonly string[];
  readonly #ports: readonly ServerPorts[];
  readonly #servers = new Map<number, ServerProcess>();

  private constructor(directory: string, ports: readonly ServerPorts[], lines: readonly string[]) {
    this.directory = directory;
    this.#ports = ports;
    this.#lines = lines;
  }

  static async create({ servers, lines = [] }: ChangingEnsembleSettings): Promise<ChangingEnsemble> {
    const ports = await freePorts(3 * servers);
    const of = Array.from({ length: servers }, (_, index) => ({
      client: ports[3 * index] as number,
      quorum: ports[3 * index + 1] as number,
      election: ports[3 * index + 2] as number,
    }));
    return new ChangingEnsemble(mkdtempSync(join(tmpdir(), 'zebu-reconfig-')), of, lines);
  }

  /** As reconfig wants it: `server.4=127.0.0.1:2888:3888:participant;127.0.0.1:2181`. */
  line(id: number, { role = 'participant', ...ports }: { readonly role?: string } & Partial<ServerPorts> = {}): string {
    const { client, quorum, election } = { ...this.#portsOf(id), ...ports };
    return `server.${id}=127.0.0.1:${quorum}:${election}:${role};127.0.0.1:${client}`;
  }

  /** Writes its zoo.cfg, with itself in the list in any case. */
  add(id: number, listed: readonly number[], role = 'participant'): ServerProcess {
    const members = [...new Set([...listed, id])].sort((a, b) => a - b);
    const home = join(this.directory, `server-${id}`);
    const server = new ServerProcess(id, home, this.#portsOf(id), [
      'tickTime=500',
      'initLimit=20',
      'syncLimit=6',
      `dataDir=${join(home, 'data')}`,
      'admin.enableServer=false',
      'maxClientCnxns=0',
      '4lw.commands.whitelist=*',
      'reconfigEnabled=true',
      SUPER_DIGEST,
      ...this.#lines,
      ...members.map((member) => this.line(member, member === id ? { role } : {})),
    ]);
    this.#servers.set(id, server);
    return server;
  }

  /** Adds, starts and awaits servers that list each other. */
  async start(...ids: readonly number[]): Promise<void> {
    for (const id of ids) this.add(id, ids).start();
    await Promise.all(ids.map((id) => this.server(id).serving()));
  }

  server(id: number): ServerProcess {
    const server = this.#servers.get(id);
    if (server === undefined) throw new Error(`no server ${id}`);
    return server;
  }

  /** Also of servers that are not there yet. */
  addresses(...ids: readonly number[]): string {
    return ids.map((id) => `127.0.0.1:${this.#portsOf(id).client}`).join(',');
  }

  /** A client of these servers that may do everything. */
  async operator(...ids: readonly number[]): Promise<Client> {
    const client = createClient({
      connectionString: this.addresses(...ids),
      sessionTimeoutMs: 8000,
      connectTimeoutMs: 1000,
    });
    await client.addAuth('digest', SUPER);
    return client;
  }

  leaderOf(...ids: readonly number[]): Promise<ServerProcess> {
    return until(`one of ${ids.join(', ')} to lead`, async () => {
      for (const id of ids) if ((await this.server(id).mode()) === 'leader') return this.server(id);
      return undefined;
    });
  }

  /** Until each of these servers says that exactly these belong to the ensemble, and what its files say is that, too. */
  async agreeOn(members: readonly number[], of: readonly number[] = members): Promise<void> {
    const expected = members.join(',');
    for (const id of of) {
      await until(`server ${id} to know of ${expected}`, async () => (await this.membersSeenBy(id)) === expected);
      await until(`the files of server ${id} to have ${expected}`, () => this.membersInFilesOf(id) === expected);
    }
  }

  async membersSeenBy(id: number): Promise<string> {
    const text = await ask(this.server(id).ports.client, 'conf').catch(() => '');
    return membersIn(text);
  }

  /** By the zoo.cfg and the file that it names. */
  membersInFilesOf(id: number): string {
    const zooCfg = readFileSync(this.server(id).configuration, 'utf8');
    const dynamic = /^dynamicConfigFile=(.*)$/m.exec(zooCfg)?.[1];
    if (dynamic === undefined) return membersIn(zooCfg);
    return existsSync(dynamic) ? membersIn(readFileSync(dynamic, 'utf8')) : 'nothing';
  }

  filesOf(id: number): string[] {
    return readdirSync(join(this.directory, `server-${id}`)).sort();
  }

  async stop(...ids: readonly number[]): Promise<void> {
    const servers = ids.length > 0 ? ids.map((id) => this.server(id)) : [...this.#servers.values()];
    await Promise.all(servers.map((server) => server.stop('SIGKILL')));
  }

  /** Stops, and removes the directory; kept when a test failed, so that it can be looked at. */
  async dispose(failed = false): Promise<void> {
    for (const server of this.#servers.values()) server.resume();
    await this.stop();
    if (!failed) rmSync(this.directory, { recursive: true, force: true });
  }

  #portsOf(id: number): ServerPorts {
    const ports = this.#ports[id - 1];
    if (ports === undefined) throw new Error(`no ports for server ${id}`);
    return ports;
  }
}

const membersIn = (text: string): string =>
  [...text.matchAll(/^server\.(\d+)=/gm)]
    .map(([, id]) => Number(id))
    .sort((a, b) => a - b)
    .join(',');
