// What a client port is told, and what it stands on.

import type { Clock, Logger } from '@zebu/interfaces';
import type { ServerAddress } from '@zebu/protocol';

export interface ClientPortDependencies {
  readonly clock: Clock;
  readonly logger: Logger;
}

export interface ClientPortOptions {
  /** The host 0.0.0.0 or :: is every address of both families, as in ZooKeeper; the port 0 is any free one. */
  readonly address: ServerAddress;
  /** 4lw.commands.whitelist. */
  readonly fourLetterWords: ReadonlySet<string>;
  /** jute.maxbuffer: the longest frame, without its length. */
  readonly maxFrameBytes: number;
  /** maxClientCnxns; 0 is no limit. */
  readonly maxConnectionsPerAddress: number;
  /** maxCnxns; 0 is no limit. */
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

export const DEFAULT_PAUSE_ABOVE_BYTES = 1024 * 1024;
export const DEFAULT_MAX_OUTGOING_BYTES = 64 * 1024 * 1024;
export const DEFAULT_LINGER_MS = 5000;
