// A peer that is down or misconfigured is dialled many times; the log says so once, and again when the reason changes or an hour has passed.

import type { Clock, LogFields, Logger } from '@zebu/interfaces';
import type { Millis } from '@zebu/protocol';

const REPEAT_AFTER_MS = 3_600_000;
/** Strangers choose some of the keys, so there is a limit. */
const MAX_KEYS = 256;

export class RepeatedLog {
  readonly #logger: Logger;
  readonly #clock: Clock;
  readonly #said = new Map<string, { readonly message: string; readonly at: Millis }>();

  constructor(logger: Logger, clock: Clock) {
    this.#logger = logger;
    this.#clock = clock;
  }

  /** Warns, or says it at debug level while `key` keeps giving the same message. */
  warn(key: string, message: string, fields: LogFields): void {
    const now = this.#clock.now();
    const last = this.#said.get(key);
    if (last !== undefined && last.message === message && now - last.at < REPEAT_AFTER_MS) {
      this.#logger.debug(message, fields);
      return;
    }
    if (this.#said.size >= MAX_KEYS) this.#said.clear();
    this.#said.set(key, { message, at: now });
    this.#logger.warn(message, fields);
  }

  forget(key: string): void {
    this.#said.delete(key);
  }
}
