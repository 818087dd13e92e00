// Clock, chance and log for tests over real sockets.

import { performance } from 'node:perf_hooks';
import type { Clock, LogFields, Logger, Random, Timer } from '@zebu/interfaces';
import type { Ensemble, ServerId, ServerSpecification } from '@zebu/protocol';

export const realClock: Clock = {
  now: () => performance.now(),
  wallClock: () => Date.now(),
  setTimer: (at, callback) => {
    const timer = setTimeout(callback, Math.max(0, at - performance.now()));
    return { cancel: () => clearTimeout(timer) };
  },
};

interface PendingTimer {
  readonly at: number;
  readonly callback: () => void;
}

/** Time moves when the test says so. */
export class ManualClock implements Clock {
  #now = 1000;
  #timers: PendingTimer[] = [];

  now(): number {
    return this.#now;
  }

  wallClock(): number {
    return 1_700_000_000_000 + this.#now;
  }

  get pending(): readonly number[] {
    return this.#timers.map((timer) => timer.at - this.#now);
  }

  setTimer(at: number, callback: () => void): Timer {
    const timer = { at, callback };
    this.#timers.push(timer);
    return { cancel: () => this.#drop(timer) };
  }

  advance(ms: number): void {
    this.#now += ms;
    for (const timer of this.#timers.filter((each) => each.at <= this.#now)) {
      this.#drop(timer);
      timer.callback();
    }
  }

  #drop(timer: PendingTimer): void {
    this.#timers = this.#timers.filter((each) => each !== timer);
  }
}

/** A linear congruential generator: the same numbers every time. */
export function seededRandom(seed: number): Random {
  let state = seed;
  return {
    below: (bound) => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      return Math.floor((state / 2 ** 32) * bound);
    },
  };
}

export class RecordingLogger implements Logger {
  readonly lines: { readonly level: string; readonly message: string; readonly fields: LogFields | undefined }[] = [];

  debug = (message: string, fields?: LogFields): void => this.#note('debug', message, fields);
  info = (message: string, fields?: LogFields): void => this.#note('info', message, fields);
  warn = (message: string, fields?: LogFields): void => this.#note('warn', message, fields);
  error = (message: string, fields?: LogFields): void => this.#note('error', message, fields);

  get warnings(): string[] {
    return this.lines.filter((line) => line.level === 'warn').map((line) => line.message);
  }

  #note(level: string, message: string, fields: LogFields | undefined): void {
    this.lines.push({ level, message, fields });
  }
}

export const serverId = (id: number): ServerId => id as ServerId;

/** Every server at a port of its own on loopback; 0 is "the system chooses". */
export function ensembleAt(ports: Readonly<Record<number, number>>, host = '127.0.0.1'): Ensemble {
  const servers = Object.entries(ports).map(([id, port]): [ServerId, ServerSpecification] => {
    const address = { host, port };
    const self = serverId(Number(id));
    return [self, { id: self, role: 'participant', quorumAddress: address, electionAddress: address }];
  });
  return { version: 0n, servers: new Map(servers) };
}

export async function until(condition: () => boolean, what: string): Promise<void> {
  const deadline = performance.now() + 10_000;
  while (!condition()) {
    if (performance.now() > deadline) throw new Error(`gave up waiting until ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}
