// Reads what the server sends to the fuzzer, only so far as to know that it goes deep: which codes came how often.

import { FrameAssembler } from '@zebu/client';
import { decodeConnectResponse, decodeReplyHeader, JuteReader } from '@zebu/jute';
import { errorName } from '@zebu/protocol';
import type { KnownSession } from './field.ts';

const MAX_FRAME_BYTES = 64 * 1024 * 1024;
const LENGTH_BYTES = 4;
const EVENT_XID = -1;

export class ReplyCounter {
  /** By name of the error code, and `event`, `session`, `refused session`. */
  readonly counts = new Map<string, number>();

  start(): Replies {
    return new Replies((name) => this.counts.set(name, (this.counts.get(name) ?? 0) + 1));
  }

  /** `OK 1234, NONODE 567`, most frequent first. */
  describe(): string {
    const sorted = [...this.counts].sort(([, a], [, b]) => b - a);
    return sorted.map(([name, count]) => `${name} ${count}`).join(', ');
  }
}

/** What came back on one connection. */
class Replies {
  count = 0;
  lastXid: number | undefined;
  readonly #count: (name: string) => void;
  readonly #assembler = new FrameAssembler(MAX_FRAME_BYTES);
  readonly #reader = new JuteReader();
  #session: KnownSession | undefined;
  /** The answer to a four-letter word, or bytes that are no frames. */
  #isText = false;

  constructor(count: (name: string) => void) {
    this.#count = count;
  }

  session(): KnownSession | undefined {
    return this.#session;
  }

  take(chunk: Uint8Array): void {
    if (this.count === 0 && chunk[0] !== 0) this.#isText = true;
    if (this.#isText) {
      if (this.count++ === 0) this.#count('text');
      return;
    }
    this.#assembler.push(chunk, (frames) => this.#takeFrames(frames));
  }

  #takeFrames(frames: Uint8Array): boolean {
    for (let at = 0; at < frames.length; ) {
      this.#reader.reset(frames, at, at + LENGTH_BYTES);
      const end = at + LENGTH_BYTES + this.#reader.readInt();
      this.#reader.reset(frames, at + LENGTH_BYTES, end);
      if (this.count++ === 0) this.#takeConnectResponse();
      else this.#takeReply();
      at = end;
    }
    return true;
  }

  #takeConnectResponse(): void {
    const { sessionId, password, timeoutMs } = decodeConnectResponse(this.#reader);
    const accepted = timeoutMs > 0 && password !== null;
    if (accepted) this.#session = { id: sessionId, password: password.slice() };
    this.#count(accepted ? 'session' : 'refused session');
  }

  #takeReply(): void {
    const { xid, error } = decodeReplyHeader(this.#reader);
    this.lastXid = xid;
    this.#count(xid === EVENT_XID ? 'event' : (errorName(error) ?? `code ${error}`));
  }
}
