// Where a port is listened on: at one address, until a change of the ensemble gives this server another. The new address is listened on before the
// old one is given up, and an address that cannot be had is tried again, so that a server is never without a port longer than it must be.

import type { Clock, Logger, Timer } from '@zebu/interfaces';
import { assert, type ServerAddress } from '@zebu/protocol';
import { formatAddress } from './address.ts';
import type { Listener } from './listener.ts';
import type { RepeatedLog } from './repeated-log.ts';

/** Between two tries to listen at an address. */
const RETRY_MS = 1_000;

export interface ListeningPortOptions {
  /** For messages: 'election' or 'quorum'. */
  readonly port: string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly log: RepeatedLog;
  /** The host of an address is left out of account. */
  readonly onAllAddresses: boolean;
  /** At the start. */
  readonly maxTries: number;
}

interface Place {
  readonly listener: Listener;
  /** As it was asked for: its port may be 0. */
  readonly address: ServerAddress;
}

export class ListeningPort {
  readonly #createListener: () => Listener;
  readonly #options: ListeningPortOptions;
  /** Undefined before listen(), and while the next listener takes the place of one at the same port. */
  #current: Place | undefined;
  /** They take no more connections, and keep those that they have. */
  readonly #retired = new Set<Listener>();
  #wanted: ServerAddress | undefined;
  #moving: Promise<void> | undefined;
  #retry: Timer | undefined;
  #endPause: () => void = () => {};
  #closed = false;

  constructor(createListener: () => Listener, options: ListeningPortOptions) {
    this.#createListener = createListener;
    this.#options = options;
  }

  get address(): ServerAddress | undefined {
    return this.#current?.listener.address;
  }

  /** Rejects with TransportListenError. */
  async listen(address: ServerAddress): Promise<void> {
    assert(this.#wanted === undefined, 'a port is opened once');
    this.#wanted = address;
    await this.#openAtLast(address);
    // The ensemble may have changed meanwhile.
    this.#move();
  }

  /** Before listen() nothing is to be moved. */
  moveTo(address: ServerAddress): void {
    if (this.#wanted === undefined) return;
    this.#wanted = address;
    if (this.#current !== undefined) this.#move();
  }

  /** As moveTo() a place that could not be had. */
  keepTrying(): void {
    this.#move();
  }

  /** Nobody waits for it: what cannot be had is logged, and tried again. */
  openLater(address: ServerAddress): void {
    assert(this.#wanted === undefined, 'a port is opened once');
    this.#wanted = address;
    this.#move();
  }

  /** Takes no more connections, now or later; resolves when the last of them has gone. */
  async retire(): Promise<void> {
    this.#wanted = undefined;
    this.#retry?.cancel();
    await this.#moving;
    if (this.#current !== undefined) this.#retire(this.#current);
    await Promise.all([...this.#retired].map((listener) => listener.retire()));
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#retry?.cancel();
    this.#endPause();
    await this.#moving;
    const listeners = [...this.#retired, ...(this.#current === undefined ? [] : [this.#current.listener])];
    this.#current = undefined;
    await Promise.all(listeners.map((listener) => listener.close()));
  }

  #move(): void {
    this.#retry?.cancel();
    this.#moving ??= this.#moveOn().finally(() => {
      this.#moving = undefined;
    });
  }

  async #moveOn(): Promise<void> {
    while (!this.#closed && this.#wanted !== undefined && !this.#isAt(this.#wanted)) {
      const wanted = this.#wanted;
      if ((await this.#moveOnce(wanted)) || this.#wanted !== wanted) continue;
      this.#retryLater();
      return;
    }
  }

  /** False when the address cannot be had. */
  async #moveOnce(wanted: ServerAddress): Promise<boolean> {
    const old = this.#current;
    const { port, logger, log } = this.#options;
    // One server may have several such ports, each with a trouble of its own.
    const key = `moving the ${port} port to ${formatAddress(wanted)}`;
    // At one port an address and every address exclude each other: the old listener has to go first.
    const inTheWay = old?.address.port === wanted.port ? old : undefined;
    if (inTheWay !== undefined) this.#retire(inTheWay);
    try {
      await this.#open(wanted);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      log.warn(key, `cannot move the ${port} port, and tries again: ${reason}`, { to: formatAddress(wanted) });
      if (inTheWay !== undefined) await this.#reopen(inTheWay.address);
      return false;
    }
    if (old !== undefined && inTheWay === undefined) this.#retire(old);
    log.forget(key);
    logger.info(`${port} port moved`, { from: old && formatAddress(old.address), to: formatAddress(wanted) });
    return true;
  }

  /** An address that is not there yet, or is still another's, may be had a moment later. */
  async #openAtLast(address: ServerAddress): Promise<void> {
    const { port, log, maxTries } = this.#options;
    for (let tries = 1; !this.#closed; tries++) {
      try {
        return await this.#open(address);
      } catch (error) {
        if (tries >= maxTries) throw error;
        const reason = error instanceof Error ? error.message : String(error);
        log.warn(`opening the ${port} port at ${formatAddress(address)}`, `${reason}; tries again`, { tries });
        await this.#pause();
      }
    }
  }

  /** Ends with close(), too. */
  #pause(): Promise<void> {
    const { clock } = this.#options;
    return new Promise((resolve) => {
      this.#endPause = resolve;
      this.#retry = clock.setTimer(clock.now() + RETRY_MS, resolve);
    });
  }

  async #open(address: ServerAddress): Promise<void> {
    const listener = this.#createListener();
    await listener.listen(address, this.#options.onAllAddresses);
    if (this.#closed) await listener.close();
    else this.#current = { listener, address };
  }

  async #reopen(address: ServerAddress): Promise<void> {
    try {
      await this.#open(address);
    } catch {
      // Neither can be had; the next try asks for the new one again.
    }
  }

  #retire({ listener }: Place): void {
    if (this.#current?.listener === listener) this.#current = undefined;
    this.#retired.add(listener);
    void listener.retire().then(() => this.#retired.delete(listener));
  }

  #retryLater(): void {
    if (this.#closed) return;
    const { clock } = this.#options;
    this.#retry?.cancel();
    this.#retry = clock.setTimer(clock.now() + RETRY_MS, () => this.#move());
  }

  #isAt(address: ServerAddress): boolean {
    const at = this.#current?.address;
    return at !== undefined && at.port === address.port && (this.#options.onAllAddresses || at.host === address.host);
  }
}
