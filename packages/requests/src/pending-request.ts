// A request that cannot be answered yet: a write that waits for its commit, a sync for its confirmation, anything for its turn.

import type { Identity } from '@zebu/interfaces';
import type { ErrorCode, ForwardedRequest, Millis } from '@zebu/protocol';
import type { Reading } from './answer-read.ts';
import type { ClientConnection } from './client-connection.ts';
import type { RequestKind } from './request-kind.ts';

const NO_BYTES = new Uint8Array(0);

export class PendingRequest {
  readonly connection: ClientConnection;
  /** Whom the client was known to be when it asked. */
  readonly identities: readonly Identity[];
  /** Changes before or when the request is begun, and never afterwards. */
  kind: RequestKind;
  readonly xid: number;
  readonly type: number;
  readonly receivedAt: Millis;
  /** The request's record without its header; the pending request's own. */
  payload: Uint8Array;
  /** A write: handed to the leader. */
  submitted = false;
  /** What the client of a write is told in place of the leader's error, or without asking the leader. */
  refusal: ErrorCode | undefined;
  /** A sync: the leader has answered. */
  confirmed = false;
  next: PendingRequest | undefined;

  constructor(
    connection: ClientConnection,
    request: {
      readonly kind: RequestKind;
      readonly xid: number;
      readonly type: number;
      readonly payload: Uint8Array;
      readonly receivedAt: Millis;
    },
  ) {
    this.connection = connection;
    this.identities = connection.identities;
    this.kind = request.kind;
    this.xid = request.xid;
    this.type = request.type;
    this.payload = request.payload;
    this.receivedAt = request.receivedAt;
  }

  /** The client as it was when it asked: what it has proven since does not open what was refused then. */
  asked(): Reading {
    const { connection, identities } = this;
    if (identities === connection.identities) return connection;
    return { id: connection.id, identities, session: connection.session };
  }

  /** Nobody waits for it any more; its bytes need not stay. */
  abandon(): void {
    this.payload = NO_BYTES;
  }

  forward(sessionId: ForwardedRequest['sessionId']): ForwardedRequest {
    return {
      sessionId,
      cxid: this.xid,
      type: this.type,
      payload: this.payload,
      authInfo: this.identities,
    };
  }
}
