// What a client can be told, and what it does untold.

import type { ClientDialer, Clock, Logger, Random } from '@zebu/interfaces';
import type { Millis, ServerAddress, SessionId, Zxid } from '@zebu/protocol';
import { NO_SESSION, ZERO_ZXID } from '@zebu/protocol';
import { parseChroot, parseConnectionString } from './connection-string.ts';
import { ClientOptionsError } from './errors.ts';
import type { ReadWriteProbe } from './read-write-search.ts';
import type { Backoff } from './server-list.ts';
import { systemClock } from './system-clock.ts';
import { systemRandom } from './system-random.ts';
import { tcpDialer } from './tcp-dialer.ts';
import { tcpProbe } from './tcp-probe.ts';

/** A session to attach to: another client's, or one's own from before a restart. */
export interface SessionTicket {
  readonly id: SessionId;
  readonly password: Uint8Array;
  readonly lastZxidSeen: Zxid;
}

export interface ClientOptions {
  /** `host:port,host:port/chroot`; this or `servers`. */
  readonly connectionString?: string;
  readonly servers?: readonly ServerAddress[];
  /** With `servers`: the znode that is this client's "/". */
  readonly chroot?: string;
  /** What to ask the ensemble for; it has limits of its own. 30 s untold. */
  readonly sessionTimeoutMs?: Millis;
  /** For one server to answer with a session; the session timeout divided by the number of servers untold. */
  readonly connectTimeoutMs?: Millis;
  readonly session?: SessionTicket;
  /**
   * Content with reads while there is no quorum: a server in read-only mode is taken, until one that writes is found. Writes reject with
   * NOTREADONLY meanwhile.
   */
  readonly readOnly?: boolean;
  /** Calls that wait for an answer or for a connection, beyond which calls reject with ClientOverloadedError. */
  readonly maxPendingRequests?: number;
  /** Largest frame to take from a server. */
  readonly maxFrameBytes?: number;
  readonly backoff?: Partial<Backoff>;
  /** TCP untold. */
  readonly dialer?: ClientDialer;
  /** How the search for a server that writes asks: `isro` over TCP untold, or no search where there is a dialer of one's own. */
  readonly readWriteProbe?: ReadWriteProbe;
  readonly clock?: Clock;
  readonly random?: Random;
  readonly logger?: Logger;
}

export interface ResolvedOptions {
  readonly servers: readonly ServerAddress[];
  readonly chroot: string;
  readonly sessionTimeoutMs: Millis;
  readonly connectTimeoutMs: Millis;
  readonly session: SessionTicket;
  readonly readOnly: boolean;
  readonly maxPendingRequests: number;
  readonly maxFrameBytes: number;
  readonly backoff: Backoff;
  readonly dialer: ClientDialer;
  /** Undefined: there is no search. */
  readonly readWriteProbe: ReadWriteProbe | undefined;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger | undefined;
}

const DEFAULT_SESSION_TIMEOUT_MS = 30_000;
const DEFAULT_MAX_PENDING_REQUESTS = 100_000;
/** ZooKeeper's client takes 4 MiB; listings of large parents are larger, and whoever runs the ensemble chose that. */
const DEFAULT_MAX_FRAME_BYTES = 64 * 1024 * 1024;
const DEFAULT_BACKOFF: Backoff = { initialMs: 50, maxMs: 1000 };
const NEW_SESSION: SessionTicket = { id: NO_SESSION, password: new Uint8Array(16), lastZxidSeen: ZERO_ZXID };

/** Throws ClientOptionsError. */
export function resolveOptions(options: ClientOptions): ResolvedOptions {
  const { servers, chroot } = targetOf(options);
  const sessionTimeoutMs = positive(options, 'sessionTimeoutMs', DEFAULT_SESSION_TIMEOUT_MS);
  const maxFrameBytes = positive(options, 'maxFrameBytes', DEFAULT_MAX_FRAME_BYTES);
  return {
    servers,
    chroot,
    sessionTimeoutMs,
    connectTimeoutMs: positive(options, 'connectTimeoutMs', Math.ceil(sessionTimeoutMs / servers.length)),
    session: options.session ?? NEW_SESSION,
    readOnly: options.readOnly ?? false,
    maxPendingRequests: positive(options, 'maxPendingRequests', DEFAULT_MAX_PENDING_REQUESTS),
    maxFrameBytes,
    backoff: { ...DEFAULT_BACKOFF, ...options.backoff },
    dialer: options.dialer ?? tcpDialer({ maxFrameBytes }),
    readWriteProbe: options.readWriteProbe ?? (options.dialer === undefined ? tcpProbe : undefined),
    clock: options.clock ?? systemClock,
    random: options.random ?? systemRandom,
    logger: options.logger,
  };
}

function targetOf(options: ClientOptions): { servers: readonly ServerAddress[]; chroot: string } {
  if (options.connectionString !== undefined) {
    if (options.servers !== undefined || options.chroot !== undefined) {
      throw new ClientOptionsError('give a connectionString, or servers and chroot, not both');
    }
    return parseConnectionString(options.connectionString);
  }
  if (options.servers === undefined || options.servers.length === 0) {
    throw new ClientOptionsError('no server to connect to; give a connectionString or servers');
  }
  return { servers: options.servers, chroot: parseChroot(options.chroot ?? '') };
}

type NumericOption = 'sessionTimeoutMs' | 'connectTimeoutMs' | 'maxPendingRequests' | 'maxFrameBytes';
const LARGEST_INT = 0x7fff_ffff;

function positive(options: ClientOptions, key: NumericOption, fallback: number): number {
  const value = options[key] ?? fallback;
  if (!Number.isInteger(value) || value < 1 || value > LARGEST_INT) {
    throw new ClientOptionsError(`${key} is ${value}; give a whole number from 1 to ${LARGEST_INT}`);
  }
  return value;
}
