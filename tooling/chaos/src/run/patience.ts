// Waiting for what real processes do: by looking again, until a generous limit. An interruption ends every wait.

import { setTimeout as delay } from 'node:timers/promises';

export class InterruptedError extends Error {
  override readonly name = 'InterruptedError';
  readonly code = 'INTERRUPTED';
}

/** What was demanded did not come about. */
export class InVainError extends Error {
  override readonly name = 'InVainError';
  readonly code = 'IN_VAIN';
}

const LOOK_EVERY_MS = 20;
/** No verdict depends on how fast a machine is. */
const LIMIT_MS = 90_000;

export class Patience {
  readonly #signal: AbortSignal;

  constructor(signal: AbortSignal) {
    this.#signal = signal;
  }

  /** Rejects with InterruptedError. */
  async sleep(ms: number): Promise<void> {
    try {
      await delay(ms, undefined, { signal: this.#signal });
    } catch (cause) {
      throw new InterruptedError('interrupted', { cause });
    }
  }

  /** Rejects with InVainError, or with InterruptedError. */
  async until<Value>(
    what: string,
    look: () => Promise<Value | undefined | false> | Value | undefined | false,
    limitMs = LIMIT_MS,
  ): Promise<Value> {
    const end = performance.now() + limitMs;
    for (;;) {
      const value = await look();
      if (value !== undefined && value !== false) return value;
      if (performance.now() > end) throw new InVainError(`waited ${limitMs / 1000} s in vain for ${what}`);
      await this.sleep(LOOK_EVERY_MS);
    }
  }
}
