// The real server, as a process of its own on a data directory of its own.

import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePorts } from '@zebu/ensemble/free-ports';
import type { MemoryReading } from './probe.ts';

const MAIN = fileURLToPath(new URL('../../../apps/server/dist/main.js', import.meta.url));
const PROBE = new URL('../dist/probe.js', import.meta.url).href;
const START_PATIENCE_MS = 30_000;
const STOP_PATIENCE_MS = 10_000;
/** Of the server's output, for the report. */
const KEPT_OUTPUT_CHARACTERS = 20_000;

/** `super:secret` */
const SUPER_DIGEST = 'super:lK75jTNcA+U9vtVEw5vB51mj/w4=';

const configuration = (directory: string, port: number): string[] => [
  `dataDir=${directory}/data`,
  `clientPort=${port}`,
  'clientPortAddress=127.0.0.1',
  'tickTime=250',
  'minSessionTimeout=500',
  // Longer than any pause of the witness, shorter than the patience of those who wait for the fuzzer's sessions to expire.
  'maxSessionTimeout=6000',
  'maxClientCnxns=0',
  'forceSync=no',
  'preAllocSize=4096',
  '4lw.commands.whitelist=*',
  'extendedTypesEnabled=true',
  'enforceQuota=true',
  'localSessionsEnabled=true',
  'localSessionsUpgradingEnabled=true',
  `DigestAuthenticationProvider.superDigest=${SUPER_DIGEST}`,
];

export class Target {
  readonly port: number;
  readonly #child: ChildProcess;
  readonly #directory: string;
  readonly #exit: Promise<string>;
  #output = '';
  #exited: string | undefined;

  private constructor(port: number, directory: string) {
    this.port = port;
    this.#directory = directory;
    this.#child = spawn(process.execPath, ['--expose-gc', '--import', PROBE, MAIN, join(directory, 'zoo.cfg')], {
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => this.#keep(text));
    }
    this.#exit = new Promise((resolve) => {
      this.#child.once('exit', (code, signal) => {
        this.#exited = code === null ? `signal ${signal}` : `exit code ${code}`;
        resolve(this.#exited);
      });
    });
  }

  static async start(): Promise<Target> {
    const directory = mkdtempSync(join(tmpdir(), 'zebu-fuzz-'));
    mkdirSync(join(directory, 'data'));
    const [port] = (await freePorts(1)) as [number];
    writeFileSync(join(directory, 'zoo.cfg'), `${configuration(directory, port).join('\n')}\n`);
    const target = new Target(port, directory);
    const end = Date.now() + START_PATIENCE_MS;
    while (!(await fourLetterWord(port, 'srvr'))?.includes('Mode:')) {
      if (target.exited !== undefined || Date.now() > end)
        throw new Error(`the server did not start:\n${target.output}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    return target;
  }

  /** How the process ended, once it has. */
  get exited(): string | undefined {
    return this.#exited;
  }

  whenExited(): Promise<string> {
    return this.#exit;
  }

  /** The end of what the server wrote. */
  get output(): string {
    return this.#output;
  }

  /** Lines of its log that speak of an error. */
  get errors(): readonly string[] {
    return this.#errors;
  }

  readonly #errors: string[] = [];

  memory(): Promise<MemoryReading> {
    return new Promise((resolve, reject) => {
      this.#child.once('message', (reading) => resolve(reading as MemoryReading));
      this.#child.send('memory', (error) => {
        if (error !== null) reject(error);
      });
    });
  }

  /** The exit code or signal of the process, which SIGTERM ends. Its directory is removed. */
  async stop(): Promise<string> {
    this.#child.kill('SIGTERM');
    const late = setTimeout(() => this.#child.kill('SIGKILL'), STOP_PATIENCE_MS);
    const how = await this.#exit;
    clearTimeout(late);
    rmSync(this.#directory, { recursive: true, force: true });
    return how;
  }

  #keep(text: string): void {
    this.#output = (this.#output + text).slice(-KEPT_OUTPUT_CHARACTERS);
    for (const line of text.split('\n')) if (/"level":"?(error|fatal|50|60)\b/.test(line)) this.#errors.push(line);
  }
}

/** What the server answers; undefined when it cannot be reached. */
export function fourLetterWord(port: number, word: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = createConnection({ host: '127.0.0.1', port }, () => socket.write(word));
    const chunks: Buffer[] = [];
    socket.on('data', (chunk) => chunks.push(chunk));
    socket.on('error', () => resolve(undefined));
    socket.on('close', () => resolve(Buffer.concat(chunks).toString('utf8')));
  });
}
