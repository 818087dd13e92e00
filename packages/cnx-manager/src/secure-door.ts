// Where TLS begins for servers that dial this one: a connection goes in as it was accepted, and comes out encrypted, its certificate checked, or not
// at all. How long that may take is for others.

import type { X509Certificate } from 'node:crypto';
import type { Socket } from 'node:net';
import { createServer, type Server, type TLSSocket, type TlsOptions } from 'node:tls';
import { plainHost } from './address.ts';
import type { PeerTls } from './peer-tls.ts';
import { certificateProblemOf, problemOf } from './tls-problem.ts';

export interface Applicant {
  onAdmitted(socket: TLSSocket): void;
  /** The socket is closed. */
  onRefused(problem: string): void;
}

export class SecureDoor {
  readonly #options: PeerTls;
  readonly #server: Server;
  /** By the two ends of the connection, which no two have at once. */
  readonly #applicants = new Map<string, Applicant>();

  constructor(options: PeerTls) {
    this.#options = options;
    // It listens nowhere: connections are handed to it.
    this.#server = createServer(this.#serverOptions(options.tls));
    this.#server.on('secureConnection', (socket) => this.#onSecure(socket));
    this.#server.on('tlsClientError', (error, socket) => this.#onFailed(error, socket));
  }

  /** For the connections to come. */
  setTls(tls: TlsOptions): void {
    this.#server.setSecureContext(this.#serverOptions(tls));
  }

  admit(socket: Socket, applicant: Applicant): void {
    const ends = endsOf(socket);
    this.#applicants.set(ends, applicant);
    socket.once('close', () => {
      if (this.#applicants.get(ends) === applicant) this.#applicants.delete(ends);
    });
    this.#server.emit('connection', socket);
  }

  #serverOptions(tls: TlsOptions): TlsOptions {
    // Whom node:tls rejects it forgets before anybody could say who it was: who is not trusted is refused below.
    return { ...tls, requestCert: this.#options.clientAuth !== 'none', rejectUnauthorized: false };
  }

  #onSecure(socket: TLSSocket): void {
    const applicant = this.#take(socket);
    if (applicant === undefined) return void socket.destroy();
    // Whoever leaves now is heard of by the close of the connection underneath.
    socket.on('error', () => {});
    const { clientAuth } = this.#options;
    const certificate = clientAuth === 'none' ? undefined : socket.getPeerX509Certificate();
    if (certificate !== undefined) {
      if (!socket.authorized) return refuse(socket, applicant, certificateProblemOf(socket));
      return void this.#identify(socket, certificate, applicant);
    }
    if (clientAuth === 'need') return refuse(socket, applicant, 'it shows no certificate');
    applicant.onAdmitted(socket);
  }

  async #identify(socket: TLSSocket, certificate: X509Certificate, applicant: Applicant): Promise<void> {
    const { isCertificateOfDialler } = this.#options;
    if (isCertificateOfDialler !== undefined) {
      // Nobody is let in by a look-up that fails.
      const matches = await isCertificateOfDialler(plainHost(socket.remoteAddress ?? ''), certificate).catch(
        () => false,
      );
      if (socket.destroyed) return;
      if (!matches) return refuse(socket, applicant, 'its certificate is not that of its address');
    }
    applicant.onAdmitted(socket);
  }

  #onFailed(error: Error, socket: TLSSocket): void {
    this.#take(socket)?.onRefused(`the handshake failed: ${problemOf(error)}`);
    socket.destroy();
  }

  #take(socket: TLSSocket): Applicant | undefined {
    const ends = endsOf(socket);
    const applicant = this.#applicants.get(ends);
    this.#applicants.delete(ends);
    return applicant;
  }
}

function refuse(socket: TLSSocket, applicant: Applicant, problem: string): void {
  socket.destroy();
  applicant.onRefused(problem);
}

const endsOf = ({ remoteAddress, remotePort, localAddress, localPort }: Socket): string =>
  `${remoteAddress} ${remotePort} ${localAddress} ${localPort}`;
