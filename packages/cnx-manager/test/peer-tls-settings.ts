// TLS between the servers of a test: all of one authority, and each checks that a certificate names the address.

import type { TlsOptions } from 'node:tls';
import { createAuthority, createIdentity, type Identity } from '@zebu/certificates';
import type { PeerTls } from '../src/index.ts';

export const AUTHORITY = createAuthority('Test CA');
export const OTHER_AUTHORITY = createAuthority('Other CA');
const SERVER = createIdentity('server', AUTHORITY);

export const tlsOptions = (identity: Identity = SERVER, ca: string = AUTHORITY.cert): TlsOptions => ({
  ...identity,
  ca,
  ciphers: 'TLS_AES_128_GCM_SHA256:ECDHE-RSA-AES128-GCM-SHA256',
});

/** Takes TLS alone, and demands certificates, unless told. */
export class PeerTlsSettings implements PeerTls {
  tls: TlsOptions = tlsOptions();
  dials = true;
  takesPlain = false;
  clientAuth: PeerTls['clientAuth'] = 'need';
  detectionTimeoutMs = 5_000;
  isCertificateOfDialled: PeerTls['isCertificateOfDialled'] = async ({ address }, certificate) =>
    certificate.checkIP(address) !== undefined;
  isCertificateOfDialler: PeerTls['isCertificateOfDialler'] = async (address, certificate) =>
    certificate.checkIP(address) !== undefined;
  readonly #listeners = new Set<(tls: TlsOptions) => void>();

  constructor(settings: Partial<Omit<PeerTls, 'onChange'>> = {}) {
    Object.assign(this, settings);
  }

  get listenerCount(): number {
    return this.#listeners.size;
  }

  onChange(listener: (tls: TlsOptions) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  change(tls: TlsOptions): void {
    for (const listener of this.#listeners) listener(tls);
  }
}
