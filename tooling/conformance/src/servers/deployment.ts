// A standalone server or an ensemble, of Apache ZooKeeper or of Zebu, as real processes with the same configuration.

import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePorts } from '@zebu/ensemble/free-ports';
import type { ApacheRelease } from './apache-jars.ts';
import { fourLetterWord } from './four-letter-word.ts';

export type Product = { readonly kind: 'apache'; readonly release: ApacheRelease } | { readonly kind: 'zebu' };

export interface DeploymentSettings {
  readonly product: Product;
  /** Voters; 1, without observers, is standalone. */
  readonly servers: number;
  /** The last of all servers. */
  readonly observers?: number;
  /** Lines of zoo.cfg beside the common ones. */
  readonly lines: readonly string[];
}

interface ServerPorts {
  readonly client: number;
  readonly quorum: number;
  readonly election: number;
}

const ZEBU_MAIN = fileURLToPath(new URL('../../../../apps/server/dist/main.js', import.meta.url));
const START_LIMIT_MS = 60_000;
/** In ms; `expire` waits for it. */
export const MIN_SESSION_TIMEOUT_MS = 400;
export const MAX_SESSION_TIMEOUT_MS = 60_000;

// Short ticks, so that sessions expire soon; many of them, so that a busy machine does not part the ensemble.
const COMMON_LINES = [
  'tickTime=200',
  'initLimit=200',
  'syncLimit=100',
  `minSessionTimeout=${MIN_SESSION_TIMEOUT_MS}`,
  `maxSessionTimeout=${MAX_SESSION_TIMEOUT_MS}`,
  'clientPortAddress=127.0.0.1',
  'admin.enableServer=false',
  'maxClientCnxns=0',
  'forceSync=no',
  // Nothing is collected in the middle of a run.
  'znode.container.checkIntervalMs=3600000',
  '4lw.commands.whitelist=*',
];

const JVM_OPTIONS = ['-Xmx512m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1'];
/** Keys that ZooKeeper reads as properties of the JVM, under this very name. */
const JVM_PROPERTIES = [
  'jute.maxbuffer',
  'znode.container.checkIntervalMs',
  'readonlymode.enabled',
  'java.security.auth.login.config',
];

export class Deployment {
  readonly settings: DeploymentSettings;
  readonly directory: string;
  #ports: readonly ServerPorts[];
  #children: ChildProcess[] = [];
  /** Index of the leader: which server leads is chance, and a script's first server is to be the leader on both sides. */
  #leader = 0;
  #isReadOnly = false;

  private constructor(settings: DeploymentSettings, directory: string, ports: readonly ServerPorts[]) {
    this.settings = settings;
    this.directory = directory;
    this.#ports = ports;
  }

  static async start(settings: DeploymentSettings): Promise<Deployment> {
    const count = settings.servers + (settings.observers ?? 0);
    const numbers = await freePorts(3 * count);
    const ports = Array.from({ length: count }, (_, index) => ({
      client: numbers[3 * index] as number,
      quorum: numbers[3 * index + 1] as number,
      election: numbers[3 * index + 2] as number,
    }));
    const directory = mkdtempSync(join(tmpdir(), 'zebu-conformance-'));
    const deployment = new Deployment(settings, directory, ports);
    deployment.#start();
    try {
      await deployment.serving();
    } catch (error) {
      await deployment.stop();
      throw error;
    }
    return deployment;
  }

  get name(): string {
    const { product } = this.settings;
    return product.kind === 'zebu' ? 'Zebu' : `Apache ZooKeeper ${product.release.version}`;
  }

  /** There is one server left, which only reads. */
  get isReadOnly(): boolean {
    return this.#isReadOnly;
  }

  /** Client ports: that of the leader, if there is one, then those of the others in the order of their ids. */
  get ports(): readonly number[] {
    const leader = this.#ports[this.#leader] as ServerPorts;
    return [leader, ...this.#ports.filter((ports) => ports !== leader)].map(({ client }) => client);
  }

  get connectString(): string {
    return this.ports.map((port) => `127.0.0.1:${port}`).join(',');
  }

  /** Resolves when every server takes clients. */
  async serving(): Promise<void> {
    const end = Date.now() + START_LIMIT_MS;
    for (const [index, { client }] of this.#ports.entries()) {
      for (;;) {
        const mode = said('Mode', await fourLetterWord(client, 'srvr'));
        if (mode === 'leader') this.#leader = index;
        if (mode !== undefined) break;
        await this.#waitForServer(index, end);
      }
    }
  }

  /** Of an ensemble one server stays, with all that was committed, and serves reads (`readonlymode.enabled`). */
  async loseQuorum(): Promise<void> {
    const end = Date.now() + START_LIMIT_MS;
    const zxids = async (): Promise<unknown[]> =>
      Promise.all(this.#ports.map(async ({ client }) => said('Zxid', await fourLetterWord(client, 'srvr'))));
    while (new Set(await zxids()).size > 1) await this.#waitForServer(0, end);
    const [child, ...others] = this.#children as [ChildProcess, ...ChildProcess[]];
    await Promise.all(others.map((other) => ended(other)));
    this.#children = [child];
    this.#ports = this.#ports.slice(0, 1);
    this.#leader = 0;
    const { client } = this.#ports[0] as ServerPorts;
    while (said('Mode', await fourLetterWord(client, 'srvr')) !== 'read-only') await this.#waitForServer(0, end);
    this.#isReadOnly = true;
  }

  async #waitForServer(index: number, end: number): Promise<void> {
    if (Date.now() > end || this.#children[index]?.exitCode !== null) {
      throw new Error(`${this.name}: server ${index + 1} does not serve:\n${this.log(index).slice(-2000)}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }

  /** What the servers said whose processes have ended. */
  get lastWords(): readonly string[] {
    return this.#children.flatMap(({ exitCode, signalCode }, index) =>
      exitCode === null && signalCode === null
        ? []
        : [`${this.name}: server ${index + 1} ended (${exitCode ?? signalCode}):\n${this.log(index).slice(-2000)}`],
    );
  }

  log(index: number): string {
    return readFileSync(join(this.#home(index), 'server.log'), 'utf8');
  }

  async stop(): Promise<void> {
    await Promise.all(this.#children.map((child) => ended(child)));
    this.#children = [];
    rmSync(this.directory, { recursive: true, force: true });
  }

  #start(): void {
    this.#children = this.#ports.map((_, index) => {
      const configuration = this.#writeConfiguration(index);
      const log = openSync(join(this.#home(index), 'server.log'), 'a');
      const child = spawn(...this.#command(configuration), { stdio: ['ignore', log, log] });
      closeSync(log);
      return child;
    });
  }

  #isObserver(index: number): boolean {
    return index >= this.settings.servers;
  }

  #home(index: number): string {
    return join(this.directory, `server-${index + 1}`);
  }

  #writeConfiguration(index: number): string {
    const home = this.#home(index);
    const dataDirectory = join(home, 'data');
    mkdirSync(dataDirectory, { recursive: true });
    if (this.#ports.length > 1) writeFileSync(join(dataDirectory, 'myid'), `${index + 1}\n`);
    const configuration = join(home, 'zoo.cfg');
    const members = this.#ports.map(
      ({ quorum, election }, member) =>
        `server.${member + 1}=127.0.0.1:${quorum}:${election}${this.#isObserver(member) ? ':observer' : ''}`,
    );
    const lines = [
      ...COMMON_LINES,
      ...this.settings.lines,
      `dataDir=${dataDirectory}`,
      `clientPort=${this.#ports[index]?.client}`,
      ...(this.#ports.length > 1 ? members : []),
      ...(this.#isObserver(index) ? ['peerType=observer'] : []),
    ];
    writeFileSync(configuration, `${lines.join('\n')}\n`);
    return configuration;
  }

  #command(configuration: string): [string, string[]] {
    const { product, lines } = this.settings;
    if (product.kind === 'zebu') return [process.execPath, [ZEBU_MAIN, configuration]];
    const properties = [...COMMON_LINES, ...lines].filter((line) => JVM_PROPERTIES.includes(line.split('=')[0] ?? ''));
    return [
      'java',
      [
        ...JVM_OPTIONS,
        ...properties.map((line) => `-D${line}`),
        '-cp',
        product.release.classPath,
        'org.apache.zookeeper.server.quorum.QuorumPeerMain',
        configuration,
      ],
    ];
  }
}

const said = (key: 'Mode' | 'Zxid', answer: string | undefined): string | undefined =>
  new RegExp(`^${key}: (.+)$`, 'm').exec(answer ?? '')?.[1];

function ended(child: ChildProcess): Promise<unknown> {
  const gone = new Promise((resolve) => child.once('exit', resolve));
  return child.exitCode === null && child.kill('SIGKILL') ? gone : Promise.resolve();
}
