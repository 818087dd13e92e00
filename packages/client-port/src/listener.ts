// One address on which connections come in, with the limits that count there.

import { createServer, type Server, type Socket } from 'node:net';
import { TransportListenError } from '@zebu/interfaces';
import type { ServerAddress } from '@zebu/protocol';
import { ConnectionLimits } from './connection-limits.ts';
import { formatAddress } from './remote-address.ts';

export interface ListenerOptions {
  readonly address: ServerAddress;
  /** What clients speak there. */
  readonly speech: 'plain' | 'secure' | 'either';
  readonly listenBacklog: number | undefined;
  readonly tcpKeepAlive: boolean;
  readonly limits: ConnectionLimits;
}

export interface ListenerEvents {
  onConnection(socket: Socket, listener: Listener): void;
  /** A client could not be accepted. */
  onError(error: Error): void;
}

const isAnyAddress = (host: string): boolean => host === '0.0.0.0' || host === '::';

export class Listener {
  readonly speech: ListenerOptions['speech'];
  readonly limits: ConnectionLimits;
  readonly #options: ListenerOptions;
  readonly #events: ListenerEvents;
  readonly #server: Server;
  #address: ServerAddress;

  constructor(options: ListenerOptions, events: ListenerEvents) {
    this.speech = options.speech;
    this.limits = options.limits;
    this.#options = options;
    this.#events = events;
    this.#address = options.address;
    this.#server = createServer({ allowHalfOpen: true, noDelay: true, keepAlive: options.tcpKeepAlive }, (socket) =>
      events.onConnection(socket, this),
    );
  }

  /** The real port, once started, when 0 was asked for. */
  get address(): ServerAddress {
    return this.#address;
  }

  async start(): Promise<void> {
    await this.#listen();
    // Accepting may fail for want of file descriptors; the next client may have more luck.
    this.#server.on('error', (error) => this.#events.onError(error));
    const bound = this.#server.address();
    if (bound !== null && typeof bound === 'object') this.#address = { ...this.#address, port: bound.port };
  }

  /** Takes no more connections; resolves when the last one is gone. */
  close(): Promise<void> {
    return new Promise((resolve) => {
      this.#server.close(() => resolve());
    });
  }

  #listen(): Promise<void> {
    const { address, listenBacklog } = this.#options;
    return new Promise((resolve, reject) => {
      const onError = (cause: Error): void =>
        reject(new TransportListenError('clients', formatAddress(address.host, address.port), { cause }));
      this.#server.once('error', onError);
      this.#server.listen(
        {
          port: address.port,
          // Without a host Node takes :: with both families, or 0.0.0.0 where there is no IPv6.
          ...(isAnyAddress(address.host) ? {} : { host: address.host }),
          ...(listenBacklog === undefined ? {} : { backlog: listenBacklog }),
        },
        () => {
          this.#server.off('error', onError);
          resolve();
        },
      );
    });
  }
}
