// One server as a process of its own: started, watched, stopped. Its log goes to a file.

import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { relative } from 'node:path';
import type { ServerLayout } from './layout.ts';
import type { ServerStatus } from './status.ts';

const LAST_LOG_LINE_COUNT = 5;
const MAX_LINE_LENGTH = 400;

export class ServerProcess {
  readonly layout: ServerLayout;
  readonly #child: ChildProcess;
  readonly #exited: Promise<void>;
  #exit: Extract<ServerStatus, { type: 'exited' }> | undefined;

  constructor(layout: ServerLayout, mainFile: string) {
    this.layout = layout;
    const log = openSync(layout.logFile, 'a');
    this.#child = spawn(process.execPath, [mainFile, layout.configFile], { stdio: ['ignore', log, log] });
    closeSync(log);
    if (this.#child.pid !== undefined) writeFileSync(layout.pidFile, `${this.#child.pid}\n`);
    this.#exited = new Promise((resolve) => {
      this.#child.once('error', (error) => {
        this.#onExit(`could not be started: ${error.message}`);
        resolve();
      });
      this.#child.once('exit', (code, signal) => {
        this.#onExit(signal === null ? `exited with code ${code}` : `was ended by ${signal}`);
        resolve();
      });
    });
  }

  /** Undefined while the process runs. */
  get exit(): Extract<ServerStatus, { type: 'exited' }> | undefined {
    return this.#exit;
  }

  get exited(): Promise<void> {
    return this.#exited;
  }

  kill(signal: 'SIGTERM' | 'SIGKILL'): void {
    if (this.#exit === undefined) this.#child.kill(signal);
  }

  #onExit(reason: string): void {
    rmSync(this.layout.pidFile, { force: true });
    this.#exit = {
      type: 'exited',
      reason: `${reason}, see ${relative('', this.layout.logFile)}`,
      lastLogLines: this.#lastLogLines(),
    };
  }

  #lastLogLines(): string[] {
    return lastLines(readFileSync(this.layout.logFile, 'utf8'), LAST_LOG_LINE_COUNT);
  }
}

export const lastLines = (text: string, count: number): string[] =>
  text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .slice(-count)
    .map((line) => readable(line).slice(0, MAX_LINE_LENGTH));

/** Log lines are JSON; anything else, such as what the server wrote to stderr, is shown as it is. */
function readable(line: string): string {
  try {
    const { level, msg }: { level?: unknown; msg?: unknown } = JSON.parse(line);
    return typeof level === 'string' && typeof msg === 'string' ? `${level}: ${msg}` : line;
  } catch {
    return line;
  }
}
