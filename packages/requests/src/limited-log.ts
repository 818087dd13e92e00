// What is said about clients, but not as often as they give cause for it: whoever sends nonsense in a loop must not write the log
// full, or push out of it what the operator looks for.

import type { LogFields, Logger } from '@zebu/interfaces';
import type { Millis } from '@zebu/protocol';

const INTERVAL_MS = 1000;
/** Enough to see who it is; a whole rack of clients that come back is summed up. */
const MAX_LINES = 10;

interface Kind {
  intervalEnd: Millis;
  lineCount: number;
  suppressedCount: number;
}

/** At most MAX_LINES lines of each message a second, errors excepted; the next one says how many were left out. Kinds are few: messages, not details. */
export class LimitedLog implements Logger {
  /** Of the step. */
  now: Millis = 0;
  readonly #logger: Logger;
  readonly #kinds = new Map<string, Kind>();

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  debug(message: string, fields?: LogFields): void {
    this.#logger.debug(message, fields);
  }

  info(message: string, fields?: LogFields): void {
    const limited = this.#limit(message, fields);
    if (limited !== undefined) this.#logger.info(message, limited);
  }

  warn(message: string, fields?: LogFields): void {
    const limited = this.#limit(message, fields);
    if (limited !== undefined) this.#logger.warn(message, limited);
  }

  error(message: string, fields?: LogFields): void {
    this.#logger.error(message, fields);
  }

  /** Undefined when there were enough. */
  #limit(message: string, fields: LogFields = {}): LogFields | undefined {
    const kind = this.#kinds.get(message);
    if (kind === undefined || this.now >= kind.intervalEnd) {
      this.#kinds.set(message, { intervalEnd: this.now + INTERVAL_MS, lineCount: 1, suppressedCount: 0 });
      const suppressedCount = kind?.suppressedCount ?? 0;
      return suppressedCount === 0 ? fields : { ...fields, suppressedCount };
    }
    if (kind.lineCount === MAX_LINES) {
      kind.suppressedCount++;
      return undefined;
    }
    kind.lineCount++;
    return fields;
  }
}
