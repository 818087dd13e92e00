// Frames on their way out: those of one turn of the loop leave in one write.

import type { ConnectRequest } from '@zebu/jute';
import { encodeConnectRequest, JuteWriter } from '@zebu/jute';

const LENGTH_BYTES = 4;
const HEADER_BYTES = 8;
/** More than this leaves at once. */
const FLUSH_AT_BYTES = 65_536;

export class Outbox {
  readonly #write: (bytes: Uint8Array) => void;
  readonly #frames = new JuteWriter();
  /** Somebody flushes before this turn of the loop ends. */
  #flushIsDue = false;

  /** `write` owns the bytes. */
  constructor(write: (bytes: Uint8Array) => void) {
    this.#write = write;
  }

  /** The handshake's frame has no header. */
  addConnect(request: ConnectRequest): void {
    const lengthAt = this.#frames.reserve(LENGTH_BYTES);
    encodeConnectRequest(this.#frames, request);
    this.#frames.patchInt(lengthAt, this.#frames.length - lengthAt - LENGTH_BYTES);
    this.#scheduleFlush();
  }

  add(xid: number, opCode: number, body: Uint8Array): void {
    this.#frames.writeInt(HEADER_BYTES + body.length);
    this.#frames.writeInt(xid);
    this.#frames.writeInt(opCode);
    this.#frames.writeRaw(body);
    this.#scheduleFlush();
  }

  /** While `work` runs nothing is flushed but what is a lot; then everything is. */
  batch(work: () => void): void {
    this.#flushIsDue = true;
    work();
    this.flush();
  }

  flush(): void {
    this.#flushIsDue = false;
    if (this.#frames.length > 0) this.#write(this.#frames.take());
  }

  #scheduleFlush(): void {
    if (this.#frames.length >= FLUSH_AT_BYTES) {
      this.#write(this.#frames.take());
    } else if (!this.#flushIsDue) {
      this.#flushIsDue = true;
      queueMicrotask(() => this.flush());
    }
  }
}
