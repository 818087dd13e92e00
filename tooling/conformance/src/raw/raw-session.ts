// A session on one connection, for callers that want answers rather than frames.

import { type Connected, type ConnectOptions, RawConnection, type WatchEvent, Xid } from './raw-connection.ts';
import type { Reply, Request } from './requests.ts';

export interface SessionIdentity {
  readonly sessionId: bigint;
  readonly password: string | null;
}

export class RawSession {
  readonly connection: RawConnection;
  readonly connected: Connected;

  private constructor(connection: RawConnection, connected: Connected) {
    this.connection = connection;
    this.connected = connected;
  }

  /** `session` of a connected session reattaches to it. Session id 0 in `connected` means that it was refused. */
  static async open(port: number, options: Partial<ConnectOptions> & { readonly session?: SessionIdentity } = {}) {
    const { session, ...rest } = options;
    const connection = await RawConnection.open(port);
    const connected = await connection.connect({ timeoutMs: 30_000, ...session, ...rest });
    return new RawSession(connection, connected);
  }

  get identity(): SessionIdentity {
    return { sessionId: this.connected.sessionId, password: this.connected.password };
  }

  call(request: Request): Promise<Reply> {
    return this.connection.call(request, xidOf(request));
  }

  /** The events that arrived before now, one round trip later. */
  async events(): Promise<WatchEvent[]> {
    await this.connection.ping();
    return this.connection.takeArrivals().flatMap((arrival) => (arrival.kind === 'event' ? [arrival.event] : []));
  }

  async close(): Promise<void> {
    await this.call({ op: 'closeSession' });
    await this.connection.drop();
  }

  drop(): Promise<void> {
    return this.connection.drop();
  }
}

/** The xid that clients use for what stands outside a session's order; undefined for the next of the count. */
export function xidOf(request: Request): number | undefined {
  if (request.op === 'auth') return Xid.AUTH;
  if (request.op === 'ping') return Xid.PING;
  return request.op === 'setWatches' || request.op === 'setWatches2' ? Xid.SET_WATCHES : undefined;
}
