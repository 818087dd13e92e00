// Log lines on stdout: JSON, or readable on a terminal. Written without waiting, so that a slow reader never holds the server up.

import type { LogFields, Logger } from '@zebu/interfaces';
import { type DestinationStream, levels, type Logger as PinoLogger, pino, stdTimeFunctions } from 'pino';
import { LogStream } from './log-stream.ts';

export interface ServerLog extends Logger {
  /** Fields for every line from now on. */
  identify(fields: LogFields): void;
  /** Resolves when every line is out. */
  drain(): Promise<void>;
  /** Writes what still waits, before the process ends in this very moment. */
  flushNow(): void;
}

const DEFAULT_LEVEL = 'info';
const STDOUT = 1;

export interface LogOutput {
  readonly isTTY: boolean;
  /** A level of pino's; unknown ones count as info. */
  readonly level: string | undefined;
}

export async function createServerLog({ isTTY, level }: LogOutput): Promise<ServerLog> {
  return isTTY ? prettyLog(knownLevel(level)) : jsonLog(knownLevel(level));
}

const knownLevel = (level: string | undefined): string =>
  level !== undefined && Object.hasOwn(levels.values, level) ? level : DEFAULT_LEVEL;

function jsonLog(level: string): ServerLog {
  const stream = new LogStream(STDOUT);
  return new PinoServerLog(pinoOn(stream, level), stream);
}

/** Loaded only where there is someone to read it. Terminals take lines at once. */
async function prettyLog(level: string): Promise<ServerLog> {
  const { default: pretty } = await import('pino-pretty');
  const stream = pretty({ sync: true, ignore: 'pid', singleLine: true });
  return new PinoServerLog(pinoOn(stream, level), { drain: () => Promise.resolve(), flushNow: () => {} });
}

const pinoOn = (stream: DestinationStream, level: string): PinoLogger =>
  pino(
    {
      level,
      base: { pid: process.pid },
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    stream,
  );

class PinoServerLog implements ServerLog {
  #logger: PinoLogger;
  readonly #stream: Pick<LogStream, 'drain' | 'flushNow'>;

  constructor(logger: PinoLogger, stream: Pick<LogStream, 'drain' | 'flushNow'>) {
    this.#logger = logger;
    this.#stream = stream;
  }

  identify(fields: LogFields): void {
    this.#logger = this.#logger.child(printable(fields));
  }

  debug(message: string, fields: LogFields = {}): void {
    if (this.#logger.isLevelEnabled('debug')) this.#logger.debug(printable(fields), message);
  }

  info(message: string, fields: LogFields = {}): void {
    this.#logger.info(printable(fields), message);
  }

  warn(message: string, fields: LogFields = {}): void {
    this.#logger.warn(printable(fields), message);
  }

  error(message: string, fields: LogFields = {}): void {
    this.#logger.error(printable(fields), message);
  }

  drain(): Promise<void> {
    return this.#stream.drain();
  }

  flushNow(): void {
    this.#stream.flushNow();
  }
}

/** JSON has no bigint: zxids and session ids become text. */
const printable = (fields: LogFields): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(fields).map(([key, value]) => [key, typeof value === 'bigint' ? value.toString() : value]),
  );
