// From the addresses of a server to an open socket: TCP, and with TLS a handshake and the certificate of whom was dialled. All addresses are tried at
// once, and the first that answers is taken. Names are looked up every time, since a peer may come back elsewhere. How long that may take is for others.

import { connect, isIP, type LookupFunction, type Socket } from 'node:net';
import { connect as connectSecurely, type TLSSocket } from 'node:tls';
import type { ServerAddress } from '@zebu/protocol';
import { bareHost, plainHost } from './address.ts';
import { socketSettings } from './frame-socket.ts';
import type { SecureDialling } from './port-tls.ts';
import { problemOf } from './tls-problem.ts';

export interface ConnectorOptions {
  readonly tcpKeepAlive: boolean;
  readonly lookup?: LookupFunction;
  /** Undefined dials without TLS. */
  readonly secure: SecureDialling | undefined;
  /** Every socket that is not closed yet, so that the transport can end them all. */
  readonly sockets: Set<Socket>;
}

export interface ConnectorHandler {
  onConnected(socket: Socket | TLSSocket): void;
  /** Not after abort(). */
  onFailed(reason: string): void;
}

export class Connector {
  readonly #options: ConnectorOptions;
  readonly #handler: ConnectorHandler;
  /** Tries; from the first that answers on, that alone. */
  #sockets: readonly Socket[];
  readonly #failures: string[] = [];
  #over = false;

  constructor(addresses: readonly ServerAddress[], options: ConnectorOptions, handler: ConnectorHandler) {
    this.#options = options;
    this.#handler = handler;
    this.#sockets = addresses.map((address) => this.#try(address));
  }

  /** Also of a socket that was handed over. */
  abort(): void {
    this.#over = true;
    for (const socket of this.#sockets) socket.destroy();
  }

  #try(address: ServerAddress): Socket {
    const { lookup, sockets, tcpKeepAlive } = this.#options;
    const target = { host: bareHost(address), port: address.port, ...socketSettings(tcpKeepAlive) };
    const socket = connect(lookup === undefined ? target : { ...target, lookup });
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    socket.on('error', (error) => this.#onFailed(socket, error.message));
    socket.once('connect', () => this.#onTcp(socket, address));
    return socket;
  }

  /** One of several that fails leaves the others. */
  #onFailed(socket: Socket, reason: string): void {
    if (!this.#sockets.includes(socket)) return;
    this.#failures.push(reason);
    if (this.#failures.length === this.#sockets.length) this.#fail(this.#failures.join(', '));
  }

  #onTcp(socket: Socket, address: ServerAddress): void {
    if (this.#over || !this.#sockets.includes(socket)) return void socket.destroy();
    const others = this.#sockets.filter((other) => other !== socket);
    this.#sockets = [socket];
    this.#failures.length = 0;
    for (const other of others) other.destroy();
    const { secure } = this.#options;
    if (secure === undefined) this.#succeed(socket);
    else this.#secure(socket, secure, bareHost(address));
  }

  #secure(socket: Socket, secure: SecureDialling, host: string): void {
    const secured = connectSecurely({
      socket,
      secureContext: secure.context,
      // Whose certificate it is, is asked below: that may take a look-up.
      checkServerIdentity: () => undefined,
      ...(isIP(host) === 0 ? { servername: host } : {}),
    });
    secured.on('error', (error) => this.#fail(`TLS: ${problemOf(error)}`));
    secured.once('close', () => this.#fail('TLS: the other end closed the connection during the handshake'));
    secured.once('secureConnect', () => void this.#identify(secured, secure, host));
  }

  async #identify(secured: TLSSocket, { isCertificateOf }: SecureDialling, host: string): Promise<void> {
    const certificate = secured.getPeerX509Certificate();
    const address = plainHost(secured.remoteAddress ?? '');
    if (isCertificateOf !== undefined) {
      // Nobody is believed because a look-up failed.
      const matches =
        certificate !== undefined && (await isCertificateOf({ host, address }, certificate).catch(() => false));
      if (!matches) return this.#fail(`TLS: the certificate of the other end is not that of ${host}`);
    }
    if (!secured.destroyed) this.#succeed(secured);
  }

  #succeed(socket: Socket | TLSSocket): void {
    if (this.#over) return;
    this.#over = true;
    this.#handler.onConnected(socket);
  }

  #fail(reason: string): void {
    if (this.#over) return;
    this.abort();
    this.#handler.onFailed(reason);
  }
}
