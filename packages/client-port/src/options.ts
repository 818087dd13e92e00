// What a client port is told, and what it stands on.

import type { X509Certificate } from 'node:crypto';
import type { TlsOptions } from 'node:tls';
import type { Clock, Identity, Logger } from '@zebu/interfaces';
import type { ServerAddress } from '@zebu/protocol';

export interface ClientPortDependencies {
  readonly clock: Clock;
  readonly logger: Logger;
}

export interface ClientPortOptions {
  /** The host 0.0.0.0 or :: is every address of both families, as in ZooKeeper; the port 0 is any free one. Undefined: no such port. */
  readonly address: ServerAddress | undefined;
  /** Where clients speak TLS alone. */
  readonly secureAddress?: ServerAddress | undefined;
  /** client.portUnification: at `address` clients may speak TLS, too. */
  readonly portUnification?: boolean;
  /** For either of the two. */
  readonly secure?: SecureOptions | undefined;
  /** outstandingHandshake.limit: a connection that would be one more is closed; Infinity is no limit. */
  readonly maxOutstandingHandshakes?: number;
  /** 4lw.commands.whitelist. */
  readonly fourLetterWords: ReadonlySet<string>;
  /** jute.maxbuffer: the longest frame, without its length. */
  readonly maxFrameBytes: number;
  /** maxClientCnxns, at each of the two ports; 0 is no limit. */
  readonly maxConnectionsPerAddress: number;
  /** maxCnxns, at each of the two ports; 0 is no limit. */
  readonly maxConnections: number;
  /** undefined leaves it to the system. */
  readonly listenBacklog?: number | undefined;
  /** nio.sessionlessCnxnTimeout: time for the first whole frame, however slowly its bytes trickle in. */
  readonly sessionlessTimeoutMs: number;
  /** clientTcpKeepAlive. */
  readonly tcpKeepAlive: boolean;
  /** A client with more bytes than this on their way to it is not read until all have left. */
  readonly pauseAboveBytes?: number;
  /** A client with more bytes than this on their way to it is cut off: it does not read, and memory is not endless. */
  readonly maxOutgoingBytes?: number;
  /** Time for the last bytes to leave and for the client to close its side, once a connection is being closed. */
  readonly lingerMs?: number;
}

export interface SecureOptions {
  /** Key, chain, trusted authorities, protocols and cipher suites; whether clients are asked for certificates says clientAuth. */
  readonly tls: TlsOptions;
  /** Calls back with new options for the connections to come; what it answers ends that. */
  onChange(listener: (tls: TlsOptions) => void): () => void;
  /** Whether a client must show a certificate, may, or is not asked. One that is shown must be trusted. */
  readonly clientAuth: 'need' | 'want' | 'none';
  /** Of a trusted certificate in DER; a client without any is refused. */
  identitiesOf(certificate: Uint8Array): readonly Identity[];
  /** ssl.clientHostnameVerification: is the certificate that of the client's address? Undefined does not ask. */
  readonly isCertificateOf?: ((host: string, certificate: X509Certificate) => Promise<boolean>) | undefined;
}

export const DEFAULT_PAUSE_ABOVE_BYTES = 1024 * 1024;
export const DEFAULT_MAX_OUTGOING_BYTES = 64 * 1024 * 1024;
export const DEFAULT_LINGER_MS = 5000;
