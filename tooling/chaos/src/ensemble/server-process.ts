// One real server process on its host: started, paused, ended. An end that nobody asked for is kept as such.

import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ServerAddress, ServerId } from '@zebu/protocol';
import { fourLetterWord } from './four-letter-word.ts';
import type { Host } from './place.ts';
import { ServerLog } from './server-log.ts';

const MAIN = fileURLToPath(new URL('../../../../apps/server/dist/main.js', import.meta.url));
const LAST_LINE_COUNT = 5;

const SESSIONS = /^zk_global_sessions\t(\d+)/m;

/** How far a server is. */
export interface Position {
  readonly zxid: string;
  readonly sessionCount: number;
}

export class ServerProcess {
  readonly id: ServerId;
  readonly host: Host;
  readonly log: ServerLog;
  /** Ends that nobody asked for. */
  readonly unexplainedEnds: string[] = [];
  readonly #configuration: string;
  #child: ChildProcess | undefined;
  #exit: Promise<void> = Promise.resolve();
  #endIsExpected = false;

  constructor(host: Host, zooCfg: string) {
    this.id = host.id;
    this.host = host;
    this.log = new ServerLog(join(host.directory, 'server.log'));
    this.#configuration = join(host.directory, 'zoo.cfg');
    writeFileSync(this.#configuration, zooCfg);
    mkdirSync(host.dataDirectory, { recursive: true });
    writeFileSync(join(host.dataDirectory, 'myid'), `${host.id}\n`);
  }

  get clientAddress(): ServerAddress {
    return { host: this.host.address, port: this.host.ports.client };
  }

  get isUp(): boolean {
    return this.#child !== undefined;
  }

  start(): void {
    if (this.isUp) return;
    const [program, ...args] = [...this.host.within, process.execPath, MAIN, this.#configuration];
    const log = openSync(this.log.path, 'a');
    const child = spawn(program as string, args, { stdio: ['ignore', log, log] });
    closeSync(log);
    this.#child = child;
    this.#endIsExpected = false;
    this.#exit = new Promise((resolve) => {
      const onEnd = (how: string): void => {
        this.#child = undefined;
        if (!this.#endIsExpected) {
          this.unexplainedEnds.push([how, ...this.log.lastLines(LAST_LINE_COUNT)].join('\n    '));
        }
        resolve();
      };
      child.once('error', (error) => onEnd(`could not be started: ${error.message}`));
      child.once('exit', (code, signal) => onEnd(signal === null ? `exited with ${code}` : `was ended by ${signal}`));
    });
  }

  /** Resolves once the process is gone. */
  end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    this.expectEnd();
    this.#child?.kill(signal);
    return this.#exit;
  }

  /** Something was done to it that it need not survive. */
  expectEnd(): void {
    this.#endIsExpected = true;
  }

  pause(): void {
    this.#child?.kill('SIGSTOP');
  }

  resume(): void {
    this.#child?.kill('SIGCONT');
  }

  /** `leader` or `follower` once it serves. */
  mode(): Promise<string | undefined> {
    return this.#ask('srvr', /^Mode: (\w+)/m);
  }

  async position(): Promise<Position | undefined> {
    const [zxid, sessions] = await Promise.all([this.#ask('srvr', /^Zxid: (\w+)/m), this.#ask('mntr', SESSIONS)]);
    return zxid === undefined || sessions === undefined ? undefined : { zxid, sessionCount: Number(sessions) };
  }

  /** What its answer to the word has in the pattern's group. */
  async #ask(word: string, pattern: RegExp): Promise<string | undefined> {
    const answer = this.isUp ? await fourLetterWord(this.clientAddress, word) : undefined;
    return answer?.match(pattern)?.[1];
  }
}
