// One real server process with its own zoo.cfg and data directory.

import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { digestAtRest } from './digest-at-rest.ts';
import { fourLetterWord } from './four-letter-word.ts';
import { until } from './wait.ts';

const MAIN = fileURLToPath(new URL('../../../../apps/server/dist/main.js', import.meta.url));
const ZEBU: readonly [string, ...string[]] = [process.execPath, MAIN];

export interface ServerPorts {
  readonly client: number;
  readonly quorum: number;
  readonly election: number;
}

export class ServerProcess {
  readonly id: number;
  readonly directory: string;
  readonly ports: ServerPorts;
  readonly configuration: string;
  #child: ChildProcess | undefined;
  #exit: Promise<number | null> = Promise.resolve(null);

  constructor(id: number, directory: string, ports: ServerPorts, lines: readonly string[]) {
    this.id = id;
    this.directory = directory;
    this.ports = ports;
    this.configuration = join(directory, 'zoo.cfg');
    mkdirSync(this.dataDirectory, { recursive: true });
    writeFileSync(join(this.dataDirectory, 'myid'), `${id}\n`);
    writeFileSync(this.configuration, `${lines.join('\n')}\n`);
  }

  /** For the next start: these keys as they are here, undefined without them; the others stay. */
  reconfigure(keys: Readonly<Record<string, string | undefined>>): void {
    const keyOf = (line: string): string => line.slice(0, line.indexOf('='));
    const lines = readFileSync(this.configuration, 'utf8').split('\n');
    const others = lines.filter((line) => line !== '' && !Object.hasOwn(keys, keyOf(line)));
    const changed = Object.entries(keys).flatMap(([key, value]) => (value === undefined ? [] : [`${key}=${value}`]));
    writeFileSync(this.configuration, `${[...others, ...changed].join('\n')}\n`);
  }

  get dataDirectory(): string {
    return join(this.directory, 'data');
  }

  get address(): string {
    return `127.0.0.1:${this.ports.client}`;
  }

  get logFile(): string {
    return join(this.directory, 'server.log');
  }

  /** Zebu, unless it is another program that is started with the path of a zoo.cfg. */
  start(program: readonly [string, ...string[]] = ZEBU): void {
    // Written by the server itself: through a pipe, its last words would come after its exit.
    const log = openSync(this.logFile, 'a');
    const [command, ...args] = program;
    const child = spawn(command, [...args, this.configuration], { stdio: ['ignore', log, log] });
    closeSync(log);
    this.#child = child;
    this.#exit = new Promise((resolve) => child.once('exit', (code) => resolve(code)));
  }

  /** Sends the signal; resolves with the exit code once the process is gone (null when a signal ended it). */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
    this.#child?.kill(signal);
    return this.#exit;
  }

  /** Resolves with the exit code once the process ended by itself. */
  exited(): Promise<number | null> {
    return this.#exit;
  }

  signal(signal: NodeJS.Signals): void {
    this.#child?.kill(signal);
  }

  pause(): void {
    this.#child?.kill('SIGSTOP');
  }

  resume(): void {
    this.#child?.kill('SIGCONT');
  }

  /** `leader`, `follower`, `observer`, `standalone` or `read-only` once it serves. */
  async mode(): Promise<string | undefined> {
    const answer = await fourLetterWord(this.ports.client, 'srvr');
    return answer?.match(/^Mode: ([\w-]+)/m)?.[1];
  }

  serving(): Promise<string> {
    return until(`server ${this.id} to serve`, () => this.mode());
  }

  /** True once the text stands in one of its txn log files. */
  logContains(text: string): boolean {
    const directory = join(this.dataDirectory, 'version-2');
    return readdirSync(directory).some(
      (file) => file.startsWith('log.') && readFileSync(join(directory, file)).includes(text),
    );
  }

  /** Stops the server and reads its directory as a start would: the digest of the tree that its files hold. */
  async digestAtRest(): Promise<string> {
    await this.stop('SIGKILL');
    return digestAtRest(this.dataDirectory);
  }

  log(): string {
    return existsSync(this.logFile) ? readFileSync(this.logFile, 'utf8') : '';
  }

  /** The JSON lines of its log whose message is this. */
  logged(message: string): Record<string, unknown>[] {
    // The last line is being written, perhaps.
    const lines = this.log().split('\n').slice(0, -1);
    return lines
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line) as Record<string, unknown>)
      .filter((entry) => entry['msg'] === message);
  }
}
