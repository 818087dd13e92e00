// Who the session is, and how far it has seen: what a new connection shows to get the session back.

import type { ConnectRequest, ConnectResponse } from '@zebu/jute';
import type { Millis, SessionId, Zxid } from '@zebu/protocol';
import { NO_SESSION, ZERO_ZXID } from '@zebu/protocol';
import type { SessionTicket } from './options.ts';

const PROTOCOL_VERSION = 0;

export class SessionIdentity {
  readonly #wantedTimeoutMs: Millis;
  /** Content with a server that serves reads alone. */
  readonly #readOnly: boolean;
  /** A server with a quorum gave the session. One that a read-only server gave is nothing to others (ClientCnxn.seenRwServerBefore). */
  #isReal: boolean;
  #id: SessionId;
  #password: Uint8Array;
  #timeoutMs: Millis;
  /** The highest zxid in a reply, as two halves: replies come by the hundred thousand. */
  #zxidHigh: number;
  #zxidLow: number;
  /** The highest zxid of a watch event. A server that is behind what we were told of would tell it again, and show what was before. */
  #eventZxid: Zxid = ZERO_ZXID;

  constructor(ticket: SessionTicket, wantedTimeoutMs: Millis, readOnly: boolean) {
    this.#wantedTimeoutMs = wantedTimeoutMs;
    this.#readOnly = readOnly;
    this.#isReal = ticket.id !== NO_SESSION;
    this.#timeoutMs = wantedTimeoutMs;
    this.#id = ticket.id;
    this.#password = ticket.password.slice();
    this.#zxidHigh = Number(ticket.lastZxidSeen >> 32n);
    this.#zxidLow = Number(ticket.lastZxidSeen & 0xffff_ffffn);
  }

  get id(): SessionId {
    return this.#id;
  }

  /** What was asked for, until the ensemble has answered. */
  get timeoutMs(): Millis {
    return this.#timeoutMs;
  }

  /** A server behind it refuses us. */
  get lastZxidSeen(): Zxid {
    const { repliedZxid } = this;
    return repliedZxid > this.#eventZxid ? repliedZxid : this.#eventZxid;
  }

  /** Up to here nothing is left to be told: a txn may fire several watches, and an event speaks of one, while a reply comes behind them all. */
  get repliedZxid(): Zxid {
    return ((BigInt(this.#zxidHigh) << 32n) | BigInt(this.#zxidLow)) as Zxid;
  }

  get ticket(): SessionTicket {
    return { id: this.#shownId, password: this.#password.slice(), lastZxidSeen: this.lastZxidSeen };
  }

  get #shownId(): SessionId {
    return this.#isReal ? this.#id : NO_SESSION;
  }

  get connectRequest(): ConnectRequest {
    return {
      protocolVersion: PROTOCOL_VERSION,
      lastZxidSeen: this.lastZxidSeen,
      timeoutMs: this.#wantedTimeoutMs,
      sessionId: this.#shownId,
      password: this.#password,
      readOnly: this.#readOnly,
    };
  }

  /** True when it is the session that we had. */
  accept(response: ConnectResponse): boolean {
    const reattached = this.#id !== NO_SESSION && this.#id === response.sessionId;
    this.#id = response.sessionId;
    if (response.readOnly !== true) this.#isReal = true;
    this.#password = response.password?.slice() ?? new Uint8Array(0);
    this.#timeoutMs = response.timeoutMs;
    return reattached;
  }

  onEventZxid(zxid: Zxid): void {
    if (zxid > this.#eventZxid) this.#eventZxid = zxid;
  }

  onZxid(high: number, low: number): void {
    if (high < this.#zxidHigh || (high === this.#zxidHigh && low <= this.#zxidLow)) return;
    this.#zxidHigh = high;
    this.#zxidLow = low;
  }
}
