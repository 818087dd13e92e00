// What comes before any request is looked at: auth packets and SASL exchanges, and the refusal of clients that must authenticate
// and did not (ZooKeeperServer.processPacket and processSasl, AuthenticationHelper). All of it is answered at once, out of the
// session's order, with a zxid of 0. Proofs and tokens are in no log.

import type { Authentication, Identity, Logger, SaslStep } from '@zebu/interfaces';
import { decodeAuthPacket, decodeGetSaslRequest, encodeSetSaslResponse, JuteError, JuteReader } from '@zebu/jute';
import { ErrorCode, OpCode, unreachable } from '@zebu/protocol';
import { schemeOf } from './access-control.ts';
import { hostOf } from './address-identity.ts';
import type { ClientConnection } from './client-connection.ts';
import type { Clients } from './clients.ts';
import type { Frames } from './frames.ts';
import { withIdentities } from './proven-identities.ts';
import { beginReply, endReply } from './reply-frame.ts';

const SASL_SCHEME = 'sasl';
const SUPER: Identity = 'super:';
/** Of a scheme that a client made up, in a log. */
const MAX_LOGGED_SCHEME = 32;

export class AuthenticationGate {
  readonly #clients: Clients;
  readonly #authentication: Authentication;
  readonly #logger: Logger;
  readonly #reader = new JuteReader();
  /** Undefined: everyone is served. */
  readonly #enforcedSchemes: ReadonlySet<string> | undefined;

  constructor(clients: Clients, authentication: Authentication, logger: Logger) {
    this.#clients = clients;
    this.#authentication = authentication;
    this.#logger = logger;
    const { enforcedSchemes } = authentication;
    this.#enforcedSchemes = enforcedSchemes !== undefined && enforcedSchemes.size > 0 ? enforcedSchemes : undefined;
  }

  /** `passes` leaves the request to others; `malformed` is for the connection to be closed. */
  admit(connection: ClientConnection, frames: Frames): 'passes' | 'answered' | 'malformed' {
    if (frames.type === OpCode.AUTH || frames.type === OpCode.SASL) return this.#authenticate(connection, frames);
    if (this.#enforcedSchemes === undefined || this.#isAdmitted(connection)) return 'passes';
    this.#warn('a client that has not authenticated is disconnected', connection, {});
    this.#refuse(connection, frames.xid, ErrorCode.SESSIONCLOSEDREQUIRESASLAUTH);
    return 'answered';
  }

  #isAdmitted(connection: ClientConnection): boolean {
    return connection.identities.some((identity) => this.#enforcedSchemes?.has(schemeOf(identity)) === true);
  }

  #authenticate(connection: ClientConnection, frames: Frames): 'answered' | 'malformed' {
    this.#reader.reset(frames.bytes, frames.payloadStart, frames.payloadEnd);
    try {
      if (frames.type === OpCode.AUTH) {
        const { scheme, auth } = decodeAuthPacket(this.#reader);
        this.#onAuthPacket(connection, frames.xid, scheme, auth);
        return 'answered';
      }
      const { token } = decodeGetSaslRequest(this.#reader);
      if (token === null) return 'malformed';
      this.#onSaslToken(connection, frames.xid, token);
      return 'answered';
    } catch (error) {
      if (error instanceof JuteError) return 'malformed';
      throw error;
    }
  }

  #onAuthPacket(connection: ClientConnection, xid: number, scheme: string, proof: Uint8Array | null): void {
    const provider = this.#authentication.providers.get(scheme);
    const client = { host: hostOf(connection.remoteAddress), identities: connection.identities };
    const result = provider?.authenticate(proof, client) ?? { type: 'failed' };
    if (result.type === 'proven' && this.#add(connection, result.identities)) {
      this.#reply(connection, xid, ErrorCode.OK);
      return;
    }
    const why = provider === undefined ? 'no authentication provider has this scheme' : 'authentication failed';
    this.#warn(why, connection, { scheme: scheme.slice(0, MAX_LOGGED_SCHEME) });
    if (result.type === 'disconnect') this.#clients.close(connection);
    else this.#refuse(connection, xid, ErrorCode.AUTHFAILED);
  }

  #onSaslToken(connection: ClientConnection, xid: number, token: Uint8Array): void {
    const { saslServers } = this.#authentication;
    // As ZooKeeper without a login: the client goes on with nothing proven.
    if (saslServers === undefined) return this.#replySasl(connection, xid, null);
    connection.saslServer ??= saslServers.createSaslServer();
    this.#onSaslStep(connection, xid, connection.saslServer.evaluate(token));
  }

  #onSaslStep(connection: ClientConnection, xid: number, step: SaslStep): void {
    switch (step.type) {
      case 'challenge':
        return this.#replySasl(connection, xid, step.token);
      case 'complete':
        if (this.#add(connection, this.#saslIdentities(step.authorizationId))) {
          return this.#replySasl(connection, xid, step.token);
        }
        return this.#onSaslFailure(connection, xid, 'too many identities');
      case 'failed':
        return this.#onSaslFailure(connection, xid, step.reason);
      default:
        unreachable(step);
    }
  }

  #saslIdentities(authorizationId: string): readonly Identity[] {
    const proven = `${SASL_SCHEME}:${authorizationId}`;
    return this.#authentication.saslSuperUsers?.has(authorizationId) === true ? [proven, SUPER] : [proven];
  }

  #onSaslFailure(connection: ClientConnection, xid: number, reason: string): void {
    this.#warn('SASL authentication failed', connection, { reason });
    const isEnforced = this.#enforcedSchemes?.has(SASL_SCHEME) === true;
    if (this.#authentication.allowSaslFailedClients === true && !isEnforced) {
      this.#replySasl(connection, xid, null);
    } else {
      const error = isEnforced ? ErrorCode.SESSIONCLOSEDREQUIRESASLAUTH : ErrorCode.AUTHFAILED;
      this.#replySasl(connection, xid, null, error);
      this.#clients.close(connection);
    }
  }

  /** False when the connection has as many as it may. */
  #add(connection: ClientConnection, identities: readonly Identity[]): boolean {
    const all = withIdentities(connection.identities, identities);
    if (all === undefined) return false;
    connection.identities = all;
    return true;
  }

  #refuse(connection: ClientConnection, xid: number, error: ErrorCode): void {
    this.#reply(connection, xid, error);
    this.#clients.close(connection);
  }

  #reply(connection: ClientConnection, xid: number, error: ErrorCode): void {
    const out = this.#clients.outbox.writerOf(connection);
    endReply(out, beginReply(out, xid, 0, 0), error);
    this.#clients.countSent(connection);
  }

  /** The token goes with an error, too. */
  #replySasl(
    connection: ClientConnection,
    xid: number,
    token: Uint8Array | null,
    error: ErrorCode = ErrorCode.OK,
  ): void {
    const out = this.#clients.outbox.writerOf(connection);
    const start = beginReply(out, xid, 0, 0);
    encodeSetSaslResponse(out, { token });
    endReply(out, start, error);
    this.#clients.countSent(connection);
  }

  #warn(message: string, connection: ClientConnection, fields: Readonly<Record<string, string>>): void {
    this.#logger.warn(message, { remoteAddress: connection.remoteAddress, ...fields });
  }
}
