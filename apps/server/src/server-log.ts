// Log lines on stdout: JSON, or readable on a terminal. Written without waiting, so that a slow reader never holds the server up.

import type { LogFields, Logger } from '@zebu/interfaces';
import { type DestinationStream, type Logger as PinoLogger, destination, levels, pino, stdTimeFunctions } from 'pino';

export interface ServerLog extends Logger {
  /** Fields for every line from now on. */
  identify(fields: LogFields): void;
  /** Writes what still waits, before the process ends. */
  flush(): void;
}

/** What a reader that has stopped reading may cost. Lines beyond are lost. */
const MAX_BUFFERED_BYTES = 4 * 1024 * 1024;
const DEFAULT_LEVEL = 'info';

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

/** pino's destination goes silent on EPIPE: a reader that left is no reason to stop serving. */
function jsonLog(level: string): ServerLog {
  const stream = destination({ dest: 1, sync: false, maxLength: MAX_BUFFERED_BYTES });
  return new PinoServerLog(pinoOn(stream, level), () => stream.flushSync());
}

/** Loaded only where there is someone to read it. */
async function prettyLog(level: string): Promise<ServerLog> {
  const { default: pretty } = await import('pino-pretty');
  return new PinoServerLog(pinoOn(pretty({ sync: true, ignore: 'pid' }), level), () => {});
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
  readonly #flush: () => void;

  constructor(logger: PinoLogger, flush: () => void) {
    this.#logger = logger;
    this.#flush = flush;
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

  flush(): void {
    try {
      this.#flush();
    } catch {
      // Nothing was ever written, or nobody reads: there is nothing left to save.
    }
  }
}

/** JSON has no bigint: zxids and session ids become text. */
const printable = (fields: LogFields): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(fields).map(([key, value]) => [key, typeof value === 'bigint' ? value.toString() : value]),
  );
