// Everything that reaches a server process comes through here: while it is paused (SIGSTOP) nothing does, and what came waits.

import type { VirtualTime } from './virtual-time.ts';

export class ProcessGate {
  readonly #time: VirtualTime;
  #state: 'running' | 'paused' | 'resuming' | 'ended' = 'running';
  #timers: (() => void)[] = [];
  #waiting: (() => void)[] = [];

  constructor(time: VirtualTime) {
    this.#time = time;
  }

  get isPaused(): boolean {
    return this.#state === 'paused';
  }

  get hasEnded(): boolean {
    return this.#state === 'ended';
  }

  /** Something to be read: a packet, a frame, what a disk has done. */
  read(run: () => void): void {
    if (this.#state === 'running') run();
    else if (this.#state !== 'ended') this.#waiting.push(run);
  }

  timer(run: () => void): void {
    if (this.#state === 'paused') this.#timers.push(run);
    else this.read(run);
  }

  pause(): void {
    if (this.#state !== 'ended') this.#state = 'paused';
  }

  /** What waits happens now, one after the other: the loop looks at its timers first, then reads what has come, and new timers come after that. */
  resume(): void {
    if (this.#state !== 'paused') return;
    this.#state = 'resuming';
    this.#waiting = [...this.#timers, ...this.#waiting];
    this.#timers = [];
    this.#time.after(0, () => this.#next());
  }

  end(): void {
    this.#state = 'ended';
    this.#timers = [];
    this.#waiting = [];
  }

  #next(): void {
    if (this.#state !== 'resuming') return;
    const run = this.#waiting.shift();
    if (run === undefined) {
      this.#state = 'running';
      return;
    }
    run();
    this.#time.after(0, () => this.#next());
  }
}
