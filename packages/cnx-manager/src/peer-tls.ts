// What a transport is told of TLS between servers (ZooKeeper's sslQuorum, portUnification and ssl.quorum keys). Where keys and certificates come
// from, and when a certificate is that of a host, is for others.

import type { X509Certificate } from 'node:crypto';
import type { TlsOptions } from 'node:tls';

export interface PeerTls {
  /** Key, chain, trusted authorities, protocols and cipher suites: for either end of a connection. */
  readonly tls: TlsOptions;
  /** Calls back with new options for the connections to come; what it answers ends that. */
  onChange(listener: (tls: TlsOptions) => void): () => void;
  /** sslQuorum: this server dials with TLS. */
  readonly dials: boolean;
  /** portUnification: this server takes connections without TLS, too. */
  readonly takesPlain: boolean;
  /** Whether who dials must show a certificate, may, or is not asked. One that is shown must be trusted. */
  readonly clientAuth: 'need' | 'want' | 'none';
  /** ssl.quorum.hostnameVerification: is the certificate that of the server that was dialled? Undefined does not ask. */
  readonly isCertificateOfDialled?:
    | ((dialled: DialledHost, certificate: X509Certificate) => Promise<boolean>)
    | undefined;
  /** ssl.quorum.clientHostnameVerification: is it that of the address from which was dialled? Undefined does not ask. */
  readonly isCertificateOfDialler?: ((address: string, certificate: X509Certificate) => Promise<boolean>) | undefined;
  /** ssl.quorum.handshakeDetectionTimeoutMillis: whoever says nothing for so long does not begin a handshake. */
  readonly detectionTimeoutMs: number;
}

export interface DialledHost {
  /** As the server list has it: a name or an address. */
  readonly host: string;
  readonly address: string;
}
