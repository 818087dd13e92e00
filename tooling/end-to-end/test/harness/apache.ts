// Apache ZooKeeper 3.8 as Debian packages it: its server and its own readers of log and snapshot files.

import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '../clients/run.ts';
import { fourLetterWord } from './four-letter-word.ts';
import { until } from './wait.ts';

const CLASS_PATH = '/usr/share/java/zookeeper.jar:/usr/share/java/slf4j-nop.jar';

export async function formatSnapshot(file: string): Promise<string> {
  const { code, output } = await run('java', [
    '-cp',
    CLASS_PATH,
    'org.apache.zookeeper.server.SnapshotFormatter',
    file,
  ]);
  if (code !== 0) throw new Error(`SnapshotFormatter failed on ${file}: ${output}`);
  return output;
}

export async function formatLog(file: string): Promise<string> {
  const { code, output } = await run('java', [
    '-cp',
    CLASS_PATH,
    'org.apache.zookeeper.server.persistence.TxnLogToolkit',
    '-d',
    file,
  ]);
  if (code !== 0) throw new Error(`TxnLogToolkit failed on ${file}: ${output}`);
  return output;
}

/** An Apache server on a data directory: standalone, or one of an ensemble when the lines say so. */
export class ApacheServer {
  readonly #directory: string;
  readonly #port: number;
  readonly #lines: readonly string[];
  readonly #properties: readonly string[];
  #child: ChildProcess | undefined;

  /** `properties` are arguments of the JVM, for what zoo.cfg does not reach. */
  constructor(directory: string, port: number, lines: readonly string[] = [], properties: readonly string[] = []) {
    this.#properties = properties;
    this.#directory = directory;
    this.#port = port;
    this.#lines = lines;
    mkdirSync(this.dataDirectory, { recursive: true });
  }

  get dataDirectory(): string {
    return join(this.#directory, 'data');
  }

  get address(): string {
    return `127.0.0.1:${this.#port}`;
  }

  async start(): Promise<void> {
    const configuration = join(this.#directory, 'zoo.cfg');
    const lines = [
      'tickTime=2000',
      `dataDir=${this.dataDirectory}`,
      `clientPort=${this.#port}`,
      'clientPortAddress=127.0.0.1',
      'admin.enableServer=false',
      '4lw.commands.whitelist=*',
      ...this.#lines,
    ];
    writeFileSync(configuration, `${lines.join('\n')}\n`);
    this.#child = spawn(
      'java',
      ['-cp', CLASS_PATH, ...this.#properties, 'org.apache.zookeeper.server.quorum.QuorumPeerMain', configuration],
      { stdio: 'ignore' },
    );
    await until(
      'Apache ZooKeeper to serve',
      async () => (await fourLetterWord(this.#port, 'srvr'))?.includes('Mode: ') === true,
    );
  }

  /** What its own check of the tree digest found. */
  async digestMismatchCount(): Promise<string | undefined> {
    return (await fourLetterWord(this.#port, 'mntr'))?.match(/zk_digest_mismatches_count\s+(\d+)/)?.[1];
  }

  async stop(): Promise<void> {
    const child = this.#child;
    if (child === undefined) return;
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGTERM');
    await gone;
  }
}
