// A port that speaks TLS, and what it takes to get in.

import { connect, type ConnectionOptions, type TlsOptions } from 'node:tls';
import { createAuthority, createIdentity } from '@zebu/certificates';
import type { SecureOptions } from '../src/index.ts';
import { TcpClient } from './tcp-client.ts';

export const AUTHORITY = createAuthority('Test CA');
export const SERVER = createIdentity('server', AUTHORITY);
export const CLIENT = createIdentity('client', AUTHORITY);
/** Of an authority that the server does not know. */
export const STRANGER = createIdentity('stranger', createAuthority('Other CA'));

export class SecureSettings implements SecureOptions {
  readonly tls: TlsOptions = { key: SERVER.key, cert: SERVER.cert, ca: AUTHORITY.cert };
  clientAuth: SecureOptions['clientAuth'] = 'need';
  identities: readonly string[] = ['x509:CN=client'];
  isCertificateOf: SecureOptions['isCertificateOf'] = undefined;
  readonly certificates: Uint8Array[] = [];
  change: (tls: TlsOptions) => void = () => {};
  watched = false;

  constructor(settings: Partial<Pick<SecureSettings, 'clientAuth' | 'identities' | 'isCertificateOf'>> = {}) {
    Object.assign(this, settings);
  }

  onChange(listener: (tls: TlsOptions) => void): () => void {
    this.change = listener;
    this.watched = true;
    return () => {
      this.watched = false;
    };
  }

  identitiesOf(certificate: Uint8Array): readonly string[] {
    this.certificates.push(certificate);
    return this.identities;
  }
}

/** Rejects when the handshake fails on this side; a server may still close afterwards. */
export function connectSecurely(port: number, options: ConnectionOptions = CLIENT): Promise<TcpClient> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port, ca: AUTHORITY.cert, ...options }, () => {
      socket.off('error', reject);
      resolve(new TcpClient(socket));
    });
    socket.once('error', reject);
  });
}
