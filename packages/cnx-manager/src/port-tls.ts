// TLS of one port, in both directions, with new certificates when there are some.

import { createSecureContext, type SecureContext, type TlsOptions } from 'node:tls';
import type { PeerTls } from './peer-tls.ts';
import { SecureDoor } from './secure-door.ts';

export interface SecureDialling {
  readonly context: SecureContext;
  readonly isCertificateOf: PeerTls['isCertificateOfDialled'];
}

export class PortTls {
  readonly door: SecureDoor;
  readonly #options: PeerTls;
  readonly #stopWatching: () => void;
  /** Made once for all dials until certificates change. */
  #context: SecureContext;

  constructor(options: PeerTls) {
    this.#options = options;
    this.door = new SecureDoor(options);
    this.#context = createSecureContext(options.tls);
    this.#stopWatching = options.onChange((tls) => this.#change(tls));
  }

  /** Whom this server dials it speaks TLS to, or (undefined) not. */
  get dialling(): SecureDialling | undefined {
    const { dials, isCertificateOfDialled } = this.#options;
    return dials ? { context: this.#context, isCertificateOf: isCertificateOfDialled } : undefined;
  }

  get takesPlain(): boolean {
    return this.#options.takesPlain;
  }

  get detectionTimeoutMs(): number {
    return this.#options.detectionTimeoutMs;
  }

  close(): void {
    this.#stopWatching();
  }

  /** Connections that are there stay. */
  #change(tls: TlsOptions): void {
    this.#context = createSecureContext(tls);
    this.door.setTls(tls);
  }
}
