// Listings too long to be written in one step: each is opened in its turn and answers as of that zxid, and is written a slice a
// tick, one listing at a time. What its client is told meanwhile waits behind it, so that nothing overtakes anything.

import type { ListingCursor } from '@zebu/datatree';
import { JuteWriter } from '@zebu/jute';
import { ErrorCode, type Millis } from '@zebu/protocol';
import { MAX_ANSWER_BYTES } from './answer-multi-read.ts';
import type { ClientConnection } from './client-connection.ts';
import { beginReply, endReply, LENGTH_BYTES } from './reply-frame.ts';

/** Entries that are listed at once: well below a millisecond. A longer list is sliced, into as many a slice. */
export const MAX_ENTRIES_AT_ONCE = 4096;

/** Length and ReplyHeader. */
const REPLY_BYTES = 20;

export interface Listing {
  readonly cursor: ListingCursor;
  /** What follows the list: a Stat, or nothing. */
  readonly end: Uint8Array;
}

export interface ListingRequest {
  readonly connection: ClientConnection;
  readonly xid: number;
  readonly type: number;
  readonly receivedAt: Millis;
}

export class LongReply {
  readonly request: ListingRequest;
  readonly listing: Listing;
  /** What was written to the connection before; sent as soon as it may be. */
  before: Uint8Array | undefined;
  /** The frame in pieces. */
  readonly chunks: Uint8Array[] = [];
  byteCount = 0;
  isWhole = false;

  constructor(request: ListingRequest, listing: Listing) {
    this.request = request;
    this.listing = listing;
  }
}

export class LongAnswers {
  readonly #writer = new JuteWriter();
  #replies: LongReply[] = [];

  get isIdle(): boolean {
    return this.#replies.length === 0;
  }

  begin(request: ListingRequest, listing: Listing, zxidHigh: number, zxidLow: number): LongReply {
    const reply = new LongReply(request, listing);
    beginReply(this.#writer, request.xid, zxidHigh, zxidLow);
    this.#writer.writeInt(0);
    this.#take(reply);
    this.#replies.push(reply);
    return reply;
  }

  /** One slice. The reply that it made whole, if it did. */
  advance(): LongReply | undefined {
    this.#dropLost();
    const reply = this.#replies[0];
    if (reply === undefined) return undefined;
    const { cursor, end } = reply.listing;
    const goesOn = cursor.next(MAX_ENTRIES_AT_ONCE, this.#writer);
    if (!goesOn) this.#writer.writeRaw(end);
    this.#take(reply);
    if (goesOn && reply.byteCount <= MAX_ANSWER_BYTES) return undefined;
    if (goesOn) this.#refuse(reply);
    else setLengthAndCount(reply);
    cursor.close();
    reply.isWhole = true;
    this.#replies.shift();
    return reply;
  }

  /** Nobody gets an answer: those who waited for one. */
  close(): ReadonlySet<ClientConnection> {
    const waiting = new Set<ClientConnection>();
    for (const { listing, request } of this.#replies) {
      listing.cursor.close();
      if (!request.connection.isLost) waiting.add(request.connection);
    }
    this.#replies = [];
    return waiting;
  }

  #dropLost(): void {
    for (let first = this.#replies[0]; first?.request.connection.isLost === true; first = this.#replies[0]) {
      first.listing.cursor.close();
      this.#replies.shift();
    }
  }

  #take(reply: LongReply): void {
    reply.byteCount += this.#writer.length;
    reply.chunks.push(this.#writer.take());
  }

  /** The header that was begun, with an error in it: more than any client takes. */
  #refuse(reply: LongReply): void {
    this.#writer.writeRaw(reply.chunks[0] as Uint8Array, 0, REPLY_BYTES);
    endReply(this.#writer, 0, ErrorCode.MARSHALLINGERROR);
    reply.chunks.length = 0;
    reply.byteCount = 0;
    this.#take(reply);
  }
}

/** Both are known last. */
function setLengthAndCount({ chunks, byteCount, listing }: LongReply): void {
  const first = chunks[0] as Uint8Array;
  const view = new DataView(first.buffer, first.byteOffset);
  view.setInt32(0, byteCount - LENGTH_BYTES);
  view.setInt32(REPLY_BYTES, listing.cursor.count);
}
