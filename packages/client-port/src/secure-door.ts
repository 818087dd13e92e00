// Where TLS begins: a connection goes in as it was accepted, and comes out encrypted, with the identities that its certificate proves, or not at
// all. How long that may take is for others.

import type { X509Certificate } from 'node:crypto';
import type { Socket } from 'node:net';
import { createServer, type Server, type TLSSocket, type TlsOptions } from 'node:tls';
import type { Identity } from '@zebu/interfaces';
import type { SecureOptions } from './options.ts';
import { plainHost } from './remote-address.ts';

export interface Admitted {
  readonly socket: TLSSocket;
  readonly identities: readonly Identity[];
}

/** Why a client stays outside: the handshake failed, or what it showed is not good enough. */
export interface Refused {
  readonly reason: 'handshake' | 'identity';
  readonly problem: string;
}

export interface Applicant {
  onAdmitted(admitted: Admitted): void;
  /** Its socket is closed. */
  onRefused(refused: Refused): void;
}

export class SecureDoor {
  readonly #options: SecureOptions;
  readonly #server: Server;
  /** By the two ends of the connection, which no two have at once. */
  readonly #applicants = new Map<string, Applicant>();
  /** Their connections are closed, and nobody said why yet. */
  readonly #gone = new Set<Applicant>();
  readonly #stopWatching: () => void;

  constructor(options: SecureOptions) {
    this.#options = options;
    // It listens nowhere: connections are handed to it.
    this.#server = createServer(this.#serverOptions(options.tls));
    this.#server.on('secureConnection', (socket) => this.#onSecure(socket));
    this.#server.on('tlsClientError', (error, socket) => this.#onFailed(error, socket));
    this.#stopWatching = options.onChange((tls) => this.#server.setSecureContext(this.#serverOptions(tls)));
  }

  admit(socket: Socket, applicant: Applicant): void {
    const ends = endsOf(socket);
    this.#applicants.set(ends, applicant);
    socket.once('close', () => {
      if (this.#applicants.get(ends) !== applicant) return;
      this.#applicants.delete(ends);
      // Whom node:tls rejects it closes before it says so, in this turn of the loop.
      this.#gone.add(applicant);
      setImmediate(() => this.#onGone(applicant));
    });
    this.#server.emit('connection', socket);
  }

  close(): void {
    this.#stopWatching();
    this.#server.close();
  }

  #serverOptions(tls: TlsOptions): TlsOptions {
    const { clientAuth } = this.#options;
    // With `want` a client without a certificate may come in; one with a wrong certificate is refused below.
    return { ...tls, requestCert: clientAuth !== 'none', rejectUnauthorized: clientAuth === 'need' };
  }

  #onSecure(socket: TLSSocket): void {
    const applicant = this.#take(socket);
    if (applicant === undefined) return void socket.destroy();
    // Whoever leaves now is heard of by the close of the connection underneath.
    socket.on('error', () => {});
    const certificate = this.#options.clientAuth === 'none' ? undefined : socket.getPeerX509Certificate();
    if (certificate === undefined) return applicant.onAdmitted({ socket, identities: [] });
    if (!socket.authorized) return refuse(socket, applicant, reasonOf(socket) ?? 'its certificate is not trusted');
    void this.#identify(socket, certificate, applicant);
  }

  async #identify(socket: TLSSocket, certificate: X509Certificate, applicant: Applicant): Promise<void> {
    const options = this.#options;
    if (options.isCertificateOf !== undefined) {
      const host = plainHost(socket.remoteAddress ?? '');
      // Nobody is let in by a look-up that fails.
      const matches = await options.isCertificateOf(host, certificate).catch(() => false);
      if (socket.destroyed) return;
      if (!matches) return refuse(socket, applicant, 'its certificate is not that of its address');
    }
    const identities = options.identitiesOf(certificate.raw);
    if (identities.length === 0) return refuse(socket, applicant, 'its certificate names nobody');
    applicant.onAdmitted({ socket, identities });
  }

  #onFailed(error: Error, socket: TLSSocket): void {
    const applicant = this.#take(socket) ?? this.#onlyGone();
    applicant?.onRefused({ reason: 'handshake', problem: reasonOf(socket) ?? codeOf(error) });
    socket.destroy();
  }

  #onGone(applicant: Applicant): void {
    if (!this.#gone.delete(applicant)) return;
    const doubt = this.#options.clientAuth === 'need' ? ', or its certificate is not trusted' : '';
    applicant.onRefused({ reason: 'handshake', problem: `the connection closed during the handshake${doubt}` });
  }

  /** Of a connection that is closed the ends are no longer known; where several close at once, nobody is told what may be another's. */
  #onlyGone(): Applicant | undefined {
    if (this.#gone.size !== 1) return undefined;
    const [applicant] = this.#gone;
    this.#gone.clear();
    return applicant;
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
  applicant.onRefused({ reason: 'identity', problem });
}

const endsOf = ({ remoteAddress, remotePort, localAddress, localPort }: Socket): string =>
  `${remoteAddress} ${remotePort} ${localAddress} ${localPort}`;

/** Declared as an Error, but a code in fact, or null. */
function reasonOf({ authorizationError }: TLSSocket): string | undefined {
  const reason: unknown = authorizationError;
  return typeof reason === 'string' ? `its certificate is not trusted (${reason})` : undefined;
}

const codeOf = (error: Error): string =>
  'code' in error && typeof error.code === 'string' ? error.code : error.message;
