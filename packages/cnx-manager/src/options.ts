// What both transports are built from.

import type { LookupFunction } from 'node:net';
import type { Clock, Logger, Random } from '@zebu/interfaces';
import { type Ensemble, MAX_CONFIGURATION_BYTES, type ServerAddress, type ServerId } from '@zebu/protocol';
import type { PeerSasl } from './peer-sasl.ts';
import type { PeerTls } from './peer-tls.ts';

export interface TransportDependencies {
  readonly self: ServerId;
  readonly ensemble: Ensemble;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly random: Random;
}

export interface TransportOptions {
  /** Servers of differently named clusters refuse each other; without a name a server talks to all. */
  readonly clusterName?: string;
  /** From looking the host name up to an open connection, TLS included (ZooKeeper's cnxTimeout). */
  readonly connectTimeoutMs?: number;
  /** From there to the peer's hello, SASL included, in either direction (quorumCnxnTimeoutMs); as long as connectTimeoutMs when undefined. */
  readonly helloTimeoutMs?: number;
  /** TCP keep-alive, which finds peers that vanished behind an idle connection; off only where it is false. */
  readonly tcpKeepAlive?: boolean;
  /**
   * A host that does not answer for so long is given up for another address of its server (multiAddress.reachabilityCheckTimeoutMs); undefined does not
   * ask. Of a server with one address nobody asks.
   */
  readonly reachabilityTimeoutMs?: number;
  /** Tries to listen at the start, a second apart (electionPortBindRetry); Infinity never gives up. */
  readonly maxListenTries?: number;
  /** A longer frame is refused by its header, before a byte of it is kept. */
  readonly maxFrameBytes?: number;
  /** Listen on every address of the machine, not only the one in the server list (ZooKeeper's quorumListenOnAllIPs). */
  readonly listenOnAllAddresses?: boolean;
  /** Servers outside the ensemble that may be connected at a time: one that is about to join, or has left. 0 refuses them. */
  readonly maxUnlistedServers?: number;
  /** Undefined: no TLS, in either direction. */
  readonly tls?: PeerTls;
  /** Undefined: no SASL, in either direction. */
  readonly sasl?: PeerSasl;
  /**
   * A second port of the quorum transport, at the same address: on every server the same one, where a follower serves observers (ZooKeeper's
   * observerMasterPort). Undefined: none is listened on or dialled.
   */
  readonly observerMasterPort?: number;
  /** How host names are resolved: anew for every dial. */
  readonly lookup?: LookupFunction;
}

export interface ElectionTransportOptions extends TransportOptions {
  /** Name of the election module. Servers with different ones refuse each other; without a name a server talks to all. */
  readonly electionModule?: string;
  /** Pause before the second dial; doubled up to the maximum while the peer stays away. */
  readonly backoffMinMs?: number;
  readonly backoffMaxMs?: number;
}

/** A transport that says where it listens: with port 0 in the server list the system chooses. */
export interface Listening {
  /** Undefined before start() and after close(). */
  readonly listeningAddress: ServerAddress | undefined;
}

export const DEFAULT_CONNECT_TIMEOUT_MS = 5_000;
/** Far above a notification with its extension; a configuration may be with it. */
export const DEFAULT_ELECTION_FRAME_BYTES = MAX_CONFIGURATION_BYTES + 64 * 1024;
/** Room for a run of writes of jute.maxbuffer size. */
export const DEFAULT_QUORUM_FRAME_BYTES = 64 * 1024 * 1024;
export const DEFAULT_MAX_UNLISTED_SERVERS = 16;
export const DEFAULT_BACKOFF_MIN_MS = 50;
export const DEFAULT_BACKOFF_MAX_MS = 1_000;
