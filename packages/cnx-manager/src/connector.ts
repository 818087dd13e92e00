// From the address of a server to an open socket: TCP, and with TLS a handshake and the certificate of whom was dialled. The name is looked up every
// time, since a peer may come back elsewhere. How long that may take is for others.

import { connect, isIP, type LookupFunction, type Socket } from 'node:net';
import { connect as connectSecurely, type TLSSocket } from 'node:tls';
import type { ServerAddress } from '@zebu/protocol';
import { bareHost, plainHost } from './address.ts';
import { SOCKET_SETTINGS } from './frame-socket.ts';
import type { SecureDialling } from './port-tls.ts';
import { problemOf } from './tls-problem.ts';

export interface ConnectorOptions {
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
  readonly #address: ServerAddress;
  readonly #options: ConnectorOptions;
  readonly #handler: ConnectorHandler;
  readonly #socket: Socket;
  #over = false;

  constructor(address: ServerAddress, options: ConnectorOptions, handler: ConnectorHandler) {
    this.#address = address;
    this.#options = options;
    this.#handler = handler;
    const { lookup, sockets } = options;
    const target = { host: bareHost(address), port: address.port, ...SOCKET_SETTINGS };
    this.#socket = connect(lookup === undefined ? target : { ...target, lookup });
    sockets.add(this.#socket);
    this.#socket.once('close', () => sockets.delete(this.#socket));
    this.#socket.on('error', (error) => this.#fail(error.message));
    this.#socket.once('connect', () => this.#onTcp());
  }

  /** Also of a socket that was handed over. */
  abort(): void {
    this.#over = true;
    this.#socket.destroy();
  }

  #onTcp(): void {
    const { secure } = this.#options;
    if (secure === undefined) return this.#succeed(this.#socket);
    const host = bareHost(this.#address);
    const secured = connectSecurely({
      socket: this.#socket,
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
