// Where clients come in: at one address, which a change of the ensemble may give up for another. Whoever is connected stays.

import type { ServerAddress } from '@zebu/protocol';
import type { Listener } from './listener.ts';

export class ClientDoor {
  readonly #createListener: (address: ServerAddress) => Listener;
  /** As it was asked for, its port possibly 0; undefined for a door that is not there (yet). */
  #address: ServerAddress | undefined;
  #listener: Listener | undefined;
  /** Ends of listeners that take no more connections. */
  readonly #retired = new Set<Promise<void>>();
  #closed = false;

  constructor(createListener: (address: ServerAddress) => Listener, address: ServerAddress | undefined) {
    this.#createListener = createListener;
    this.#address = address;
  }

  get address(): ServerAddress | undefined {
    return this.#listener?.address;
  }

  /** Rejects with TransportListenError. */
  async start(): Promise<void> {
    if (this.#address !== undefined) await this.#open(this.#address);
  }

  /** The new address is listened on before the old one is given up. Rejects with TransportListenError, and all is as before. */
  async moveTo(address: ServerAddress): Promise<void> {
    const [before, listener] = [this.#address, this.#listener];
    if (this.#closed || (before?.port === address.port && before.host === address.host)) return;
    if (before?.port === address.port) return this.#moveAtOnePort(before, address);
    await this.#open(address);
    if (listener !== undefined) this.#retire(listener);
  }

  /** Takes no more connections; resolves when the last one is gone. */
  async close(): Promise<void> {
    this.#closed = true;
    if (this.#listener !== undefined) this.#retire(this.#listener);
    await Promise.all(this.#retired);
  }

  /** A host and every host exclude each other there, so the old listener has to go first, for a moment. */
  async #moveAtOnePort(before: ServerAddress, address: ServerAddress): Promise<void> {
    if (this.#listener !== undefined) this.#retire(this.#listener);
    try {
      await this.#open(address);
    } catch (error) {
      await this.#open(before);
      throw error;
    }
  }

  async #open(address: ServerAddress): Promise<void> {
    const listener = this.#createListener(address);
    await listener.start();
    if (this.#closed) return this.#retire(listener);
    this.#address = address;
    this.#listener = listener;
  }

  #retire(listener: Listener): void {
    const end = listener.close();
    this.#retired.add(end);
    void end.then(() => this.#retired.delete(end));
  }
}
