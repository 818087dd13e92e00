// Warns about what strangers do, but not as often as they do it: a flood of refusals must not become a flood of lines.

import type { Clock, Logger, LogFields } from '@zebu/interfaces';
import type { Millis } from '@zebu/protocol';

const QUIET_MS = 1000;

interface Kind {
  quietUntil: Millis;
  suppressedCount: number;
}

/** At most one line per kind of message and second; the next one says how many were left out. Kinds are few: messages, not details. */
export class LimitedLog {
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #kinds = new Map<string, Kind>();

  constructor(clock: Clock, logger: Logger) {
    this.#clock = clock;
    this.#logger = logger;
  }

  warn(message: string, fields: LogFields): void {
    const now = this.#clock.now();
    const kind = this.#kinds.get(message);
    if (kind !== undefined && now < kind.quietUntil) {
      kind.suppressedCount++;
      return;
    }
    const suppressedCount = kind?.suppressedCount ?? 0;
    this.#kinds.set(message, { quietUntil: now + QUIET_MS, suppressedCount: 0 });
    this.#logger.warn(message, suppressedCount === 0 ? fields : { ...fields, suppressedCount });
  }
}
