// Packets or flushes that a story holds: it can wait until something is held, and let it go.

import type { Hold, World } from '../world/world.ts';

const PATIENCE_MS = 20_000;

export class Held {
  readonly #world: World;
  readonly #hold: Hold;
  readonly #what: string;
  readonly #tell: (step: string) => void;
  #released = false;

  constructor(world: World, hold: Hold, what: string, tell: (step: string) => void) {
    this.#world = world;
    this.#hold = hold;
    this.#what = what;
    this.#tell = tell;
  }

  get waitingCount(): number {
    return this.#hold.waitingCount;
  }

  /** Until something is held: a schedule that never came to this point has shown nothing. */
  async waits(): Promise<void> {
    await this.#world.runUntil(() => this.#hold.waitingCount > 0, PATIENCE_MS, `${this.#what} being held`);
    this.#tell(`${this.#what}: held`);
  }

  /** Until the link that it came over is known to be broken: what is let go before arrives all the same. */
  async isLost(): Promise<void> {
    await this.#world.runUntil(() => this.#hold.waitingCount === 0, PATIENCE_MS, `${this.#what} being lost`);
    this.#tell(`${this.#what}: lost`);
  }

  release(): void {
    if (this.#released) return;
    this.#released = true;
    this.#tell(`${this.#what}: let go`);
    this.#hold.release();
  }
}
