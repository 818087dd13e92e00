// Moves the client port to where a new configuration puts it, and tries again while the address cannot be had.

import type { ClientTransport, Clock, Logger, Timer } from '@zebu/interfaces';
import type { Millis, ServerAddress } from '@zebu/protocol';

const RETRY_MS: Millis = 1000;

export interface ClientAddressDependencies {
  readonly clientTransport: ClientTransport;
  readonly clock: Clock;
  readonly logger: Logger;
}

export class ClientAddress {
  readonly #dependencies: ClientAddressDependencies;
  #wanted: ServerAddress | undefined;
  #moving = false;
  #closed = false;
  #timer: Timer | undefined;

  constructor(dependencies: ClientAddressDependencies) {
    this.#dependencies = dependencies;
  }

  set(address: ServerAddress): void {
    this.#wanted = address;
    this.#timer?.cancel();
    if (!this.#moving) void this.#move();
  }

  close(): void {
    this.#closed = true;
    this.#timer?.cancel();
  }

  /** One move at a time, to the newest address that was asked for. */
  async #move(): Promise<void> {
    const { clientTransport, logger } = this.#dependencies;
    this.#moving = true;
    while (this.#wanted !== undefined && !this.#closed) {
      const address = this.#wanted;
      try {
        await clientTransport.setAddress(address);
        if (this.#wanted === address) this.#wanted = undefined;
      } catch (error) {
        logger.error('the new client address cannot be had; the old one is kept', { error: String(error) });
        if (this.#wanted === address) break;
      }
    }
    this.#moving = false;
    if (this.#wanted !== undefined && !this.#closed) this.#retryLater();
  }

  #retryLater(): void {
    const { clock } = this.#dependencies;
    this.#timer = clock.setTimer(clock.now() + RETRY_MS, () => void this.#move());
  }
}
