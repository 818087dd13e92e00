// Which server to try next, and how long to wait before (StaticHostProvider).

import type { Random } from '@zebu/interfaces';
import type { Millis, ServerAddress } from '@zebu/protocol';

export interface Backoff {
  readonly initialMs: Millis;
  readonly maxMs: Millis;
}

export class ServerList {
  readonly #servers: readonly ServerAddress[];
  readonly #backoff: Backoff;
  readonly #random: Random;
  #next = 0;
  /** Servers tried since a session last held for a while. */
  #failedCount = 0;

  /** Shuffles, so that clients with the same connection string spread over the servers. */
  constructor(servers: readonly ServerAddress[], backoff: Backoff, random: Random) {
    this.#servers = shuffled(servers, random);
    this.#backoff = backoff;
    this.#random = random;
  }

  get count(): number {
    return this.#servers.length;
  }

  othersThan(server: ServerAddress): readonly ServerAddress[] {
    return this.#servers.filter((each) => each !== server);
  }

  next(): ServerAddress {
    const server = this.#servers[this.#next] as ServerAddress;
    this.#next = (this.#next + 1) % this.#servers.length;
    this.#failedCount++;
    return server;
  }

  /** A session that ends at once does not count: a server that greets and hangs up must not be called in a tight loop. */
  onLastingSession(): void {
    this.#failedCount = 0;
  }

  /**
   * Nothing before each server was tried once: the next one may well be alive. Then it doubles with every round, up to
   * the maximum, and the upper half of it is random, so that clients cut off together do not come back together.
   */
  delayBeforeNext(): Millis {
    const rounds = Math.floor(this.#failedCount / this.#servers.length);
    if (rounds === 0 || this.#failedCount % this.#servers.length !== 0) return 0;
    const { initialMs, maxMs } = this.#backoff;
    const ceiling = Math.min(maxMs, initialMs * 2 ** Math.min(rounds - 1, LARGEST_EXPONENT));
    return ceiling / 2 + this.#random.below(Math.ceil(ceiling / 2) + 1);
  }
}

/** Keeps the power finite however long the ensemble is away. */
const LARGEST_EXPONENT = 30;

/** Fisher-Yates. */
function shuffled<T>(items: readonly T[], random: Random): T[] {
  const result = [...items];
  for (let last = result.length - 1; last > 0; last--) {
    const other = random.below(last + 1);
    [result[last], result[other]] = [result[other] as T, result[last] as T];
  }
  return result;
}
