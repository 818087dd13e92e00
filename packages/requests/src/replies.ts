// Replies on their way to a connection: they carry the zxid of the last txn applied, and are counted.

import type { JuteWriter } from '@zebu/jute';
import type { ErrorCode, Millis } from '@zebu/protocol';
import type { ClientConnection } from './client-connection.ts';
import type { Clients } from './clients.ts';
import { beginReply, endReply, LENGTH_BYTES } from './reply-frame.ts';

export class Replies {
  readonly #clients: Clients;
  /** lastProcessedZxid in halves. */
  zxidHigh = 0;
  zxidLow = 0;

  constructor(clients: Clients) {
    this.#clients = clients;
  }

  /** Without a body. */
  send(connection: ClientConnection, xid: number, error: ErrorCode): void {
    this.sendAt(connection, xid, error, this.zxidHigh, this.zxidLow);
  }

  /** With a zxid that says nothing of the tree. */
  sendAt(connection: ClientConnection, xid: number, error: ErrorCode, zxidHigh: number, zxidLow: number): void {
    const out = this.#clients.outbox.writerOf(connection);
    const start = beginReply(out, xid, zxidHigh, zxidLow);
    this.end(connection, out, start, error);
  }

  /** Of a reply that was begun at `start`. */
  end(connection: ClientConnection, out: JuteWriter, start: number, error: ErrorCode): void {
    endReply(out, start, error);
    this.#clients.countResponse(connection, out.length - start - LENGTH_BYTES);
  }

  /** ServerStats and ServerCnxn.updateStatsForResponse; the type of a write that was refused is that of an error txn. */
  countAnswer(connection: ClientConnection, xid: number, type: number, receivedAt: Millis, now: Millis): void {
    this.#clients.statistics.latency.add(now - receivedAt);
    connection.statistics.answered(xid, type, this.zxidHigh, this.zxidLow, receivedAt, now);
  }
}
