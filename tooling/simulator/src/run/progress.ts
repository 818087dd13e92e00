// One line about a run that goes on: drawn over itself on a terminal, now and then elsewhere.

import { whole } from './summary.ts';
import type { Totals } from './totals.ts';

const TERMINAL_EVERY_MS = 200;
const LOG_EVERY_MS = 15_000;
const CLEAR_LINE = '\r\u001b[2K';

export interface ProgressTarget {
  readonly isTTY: boolean;
  write(text: string): void;
}

export class Progress {
  readonly #target: ProgressTarget;
  readonly #startedAt: number;
  #shownAt: number;

  constructor(target: ProgressTarget, now: number) {
    this.#target = target;
    this.#startedAt = now;
    this.#shownAt = now;
  }

  maybeShow(totals: Totals, seedCount: number, now: number): void {
    const { isTTY } = this.#target;
    if (now - this.#shownAt < (isTTY ? TERMINAL_EVERY_MS : LOG_EVERY_MS)) return;
    this.#shownAt = now;
    const line = this.#line(totals, seedCount, (now - this.#startedAt) / 1000);
    this.#target.write(isTTY ? `${CLEAR_LINE}${line}` : `${line}\n`);
  }

  /** Other lines may follow. */
  clear(): void {
    if (this.#target.isTTY) this.#target.write(CLEAR_LINE);
  }

  #line(totals: Totals, seedCount: number, seconds: number): string {
    const of = seedCount === Number.MAX_SAFE_INTEGER ? '' : ` of ${whole(seedCount)}`;
    const rate = totals.simulatedMs / 1000 / seconds;
    return `${whole(totals.seedCount)}${of} seeds, ${whole(totals.simulatedMs / 1000)} simulated s (${whole(rate)} a second), ${totals.violating.length} violations`;
  }
}
