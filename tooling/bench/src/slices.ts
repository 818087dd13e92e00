// How long the event loop would stand still: everything a server does is done in slices, and each is timed.

import type { Figure } from './measure.ts';

/** The longest that a server may be away (design: the event loop is the heartbeat). */
const LIMIT_MS = 5;

export class Slices {
  #count = 0;
  #overLimitCount = 0;
  #longestMs = 0;
  #totalMs = 0;

  /**
   * On a busy machine a slice also waits for its turn, which the processor time does not count; other threads of the process
   * work meanwhile, which the clock does not count. The smaller of the two is never less than what the slice took by itself.
   */
  run<T>(slice: () => T): T {
    const cpu = process.cpuUsage();
    const start = performance.now();
    const result = slice();
    const wallMs = performance.now() - start;
    const { user, system } = process.cpuUsage(cpu);
    const ms = Math.min(wallMs, (user + system) / 1000);
    this.#count++;
    this.#totalMs += ms;
    if (ms > LIMIT_MS) this.#overLimitCount++;
    if (ms > this.#longestMs) this.#longestMs = ms;
    return result;
  }

  get longestMs(): number {
    return this.#longestMs;
  }

  get totalMs(): number {
    return this.#totalMs;
  }

  figures(what: string): Figure[] {
    return [
      { name: `${what}: longest slice`, value: this.#longestMs, unit: 'ms' },
      { name: `${what}: slices over ${LIMIT_MS} ms of ${this.#count}`, value: this.#overLimitCount, unit: '' },
    ];
  }
}
