// How many sessions may be asked for in a time: a token bucket, and a drop chance that grows while it is empty and shrinks while it is full
// (ZooKeeper's BlueThrottle, after the BLUE queue management). A refused client is closed without an answer and tries again.

import type { Random } from '@zebu/interfaces';
import type { Millis } from '@zebu/protocol';

export interface ConnectionThrottleOptions {
  /** Size of the bucket: connections that may come at once. 0 is no limit. */
  readonly maxTokens: number;
  /** `fillCount` tokens come back in `fillTimeMs`. */
  readonly fillTimeMs: Millis;
  readonly fillCount: number;
  /** Least time between two changes of the drop chance; -1 leaves connections to the bucket alone. */
  readonly freezeTimeMs: Millis;
  readonly dropIncrease: number;
  readonly dropDecrease: number;
  /** The chance shrinks when no more than this share of the tokens is taken. */
  readonly decreaseRatio: number;
  /** What a session costs; undefined: each one token. Bucket and filling are then meant in global sessions. */
  readonly weights: SessionWeights | undefined;
}

export interface SessionWeights {
  readonly global: number;
  readonly local: number;
  readonly renew: number;
}

/** Random values are drawn from 0 to 1 in steps of this. */
const RESOLUTION = 2 ** 32;

export class ConnectionThrottle {
  readonly #options: ConnectionThrottleOptions;
  readonly #random: Random;
  readonly #maxTokens: number;
  readonly #fillCount: number;
  readonly #weights: SessionWeights;
  /** Invariant: at most #maxTokens. */
  #tokens: number;
  #filledAt: Millis;
  #changedAt: Millis;
  #dropChance = 0;

  constructor(options: ConnectionThrottleOptions, random: Random, now: Millis) {
    this.#options = options;
    this.#random = random;
    const { global, local, renew } = options.weights ?? { global: 1, local: 1, renew: 1 };
    // The dearer kinds never cost less than a local session.
    this.#weights = { global: Math.max(global, local), local, renew: Math.max(renew, local) };
    this.#maxTokens = options.maxTokens * this.#weights.global;
    this.#fillCount = options.fillCount * this.#weights.global;
    this.#tokens = this.#maxTokens;
    this.#filledAt = this.#changedAt = Math.floor(now);
  }

  /** Tokens that are taken at the moment. */
  get deficit(): number {
    return this.#maxTokens - this.#tokens;
  }

  get dropChance(): number {
    return this.#dropChance;
  }

  /** May a client have a session of this kind now? It takes its tokens if so. */
  admit(kind: keyof SessionWeights, now: Millis): boolean {
    if (this.#maxTokens === 0) return true;
    const time = Math.floor(now);
    this.#fill(time);
    if (this.#options.freezeTimeMs !== -1 && this.#isDropped(time)) return false;
    const needed = this.#weights[kind];
    if (this.#tokens < needed) return false;
    this.#tokens -= needed;
    return true;
  }

  #fill(now: Millis): void {
    const elapsedMs = now - this.#filledAt;
    if (elapsedMs <= this.#options.fillTimeMs) return;
    const refill = Math.floor((elapsedMs * this.#fillCount) / this.#options.fillTimeMs);
    this.#tokens = Math.min(this.#tokens + refill, this.#maxTokens);
    this.#filledAt = now;
  }

  #isDropped(now: Millis): boolean {
    if (now - this.#changedAt > this.#options.freezeTimeMs) {
      this.#changeDropChance();
      this.#changedAt = now;
    }
    return this.#random.below(RESOLUTION) / RESOLUTION < this.#dropChance;
  }

  #changeDropChance(): void {
    const { dropIncrease, dropDecrease, decreaseRatio } = this.#options;
    if (this.#tokens === 0 && this.#dropChance < 1) {
      this.#dropChance = Math.min(this.#dropChance + dropIncrease, 1);
    } else if (this.deficit <= Math.round(this.#maxTokens * decreaseRatio) && this.#dropChance > 0) {
      this.#dropChance = Math.max(this.#dropChance - dropDecrease, 0);
    }
  }
}
