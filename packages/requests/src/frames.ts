// A run of frames from one connection: each has 4 bytes of length, then, after the handshake, 4 of xid and 4 of type.

import { REQUEST_HEADER_BYTES } from '@zebu/jute';

const LENGTH_BYTES = 4;

export class Frames {
  readonly bytes: Uint8Array;
  /** Of the current frame, without its length. */
  start = 0;
  end = 0;
  xid = 0;
  type = 0;
  /** A copy that may outlive the step; made once, for the first request that waits. */
  #own: Uint8Array | undefined;

  constructor(bytes: Uint8Array, ownership: 'borrowed' | 'own') {
    this.bytes = bytes;
    if (ownership === 'own') this.#own = bytes;
  }

  get payloadStart(): number {
    return this.start + REQUEST_HEADER_BYTES;
  }

  get payloadEnd(): number {
    return this.end;
  }

  /** Moves to the next frame: false at the end, and 'malformed' when the length does not fit what is there. */
  next(): boolean | 'malformed' {
    const at = this.end;
    const bytes = this.bytes;
    if (at === bytes.length) return false;
    if (at + LENGTH_BYTES > bytes.length) return 'malformed';
    const length = intAt(bytes, at);
    if (length < 0 || length > bytes.length - at - LENGTH_BYTES) return 'malformed';
    this.start = at + LENGTH_BYTES;
    this.end = this.start + length;
    return true;
  }

  /** Of a malformed frame: true when the transport cut it after its header, because it is too long, and the header was read. */
  readCutHeader(): boolean {
    const start = this.end + LENGTH_BYTES;
    if (this.bytes.length - start !== REQUEST_HEADER_BYTES || intAt(this.bytes, this.end) <= REQUEST_HEADER_BYTES)
      return false;
    this.start = start;
    this.end = this.bytes.length;
    return this.readHeader();
  }

  /** False when the frame is too short to have a header. */
  readHeader(): boolean {
    if (this.end - this.start < REQUEST_HEADER_BYTES) return false;
    this.xid = intAt(this.bytes, this.start);
    this.type = intAt(this.bytes, this.start + 4);
    return true;
  }

  /** The request's record, in memory of our own. */
  ownPayload(): Uint8Array {
    this.#own ??= this.bytes.slice();
    return this.#own.subarray(this.payloadStart, this.payloadEnd);
  }

  /** What follows the current frame, in memory of our own. */
  takeRest(): Uint8Array {
    const rest = this.bytes.slice(this.end);
    this.end = this.bytes.length;
    return rest;
  }
}

const intAt = (bytes: Uint8Array, at: number): number =>
  ((bytes[at] as number) << 24) |
  ((bytes[at + 1] as number) << 16) |
  ((bytes[at + 2] as number) << 8) |
  (bytes[at + 3] as number);
