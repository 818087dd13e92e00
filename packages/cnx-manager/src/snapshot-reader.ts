// The reading end of a snapshot stream: chunks as an async iteration, the socket paused while the reader lags.

import { assert } from '@zebu/protocol';
import { FrameError } from './frame-error.ts';
import type { FrameSocket, SocketEnd } from './frame-socket.ts';
import { CloseCode } from './refusal.ts';
import { SnapshotStreamError } from './snapshot-error.ts';

/** Chunks kept for a lagging reader, beside what the kernel holds. */
const HIGH_WATER_BYTES = 1024 * 1024;
const EMPTY = new Uint8Array(0);
const END: IteratorReturnResult<undefined> = { done: true, value: undefined };

interface Waiter {
  readonly resolve: (result: IteratorResult<Uint8Array, undefined>) => void;
  readonly reject: (error: Error) => void;
}

export class SnapshotReader implements AsyncIterableIterator<Uint8Array, undefined> {
  readonly #socket: FrameSocket;
  readonly #onOver: () => void;
  readonly #chunks: Uint8Array[] = [];
  #chunkBytes = 0;
  #paused = false;
  #endReceived = false;
  #failure: Error | undefined;
  /** The reader has seen the end, or has given up. */
  #over = false;
  #waiter: Waiter | undefined;

  constructor(socket: FrameSocket, onOver: () => void) {
    this.#socket = socket;
    this.#onOver = onOver;
    socket.handler = { onFrame: (frame) => this.#onFrame(frame), onEnd: (end) => this.#onEnd(end) };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<IteratorResult<Uint8Array, undefined>> {
    const chunk = this.#over || this.#failure !== undefined ? undefined : this.#chunks.shift();
    if (chunk !== undefined) return Promise.resolve({ done: false, value: this.#taken(chunk) });
    if (this.#over) return Promise.resolve(END);
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    if (this.#endReceived) return Promise.resolve(this.#confirm());
    assert(this.#waiter === undefined, 'a snapshot is read by one reader, one next() at a time');
    return new Promise((resolve, reject) => {
      this.#waiter = { resolve, reject };
    });
  }

  /** The reader wants no more. */
  return(): Promise<IteratorResult<Uint8Array, undefined>> {
    if (!this.#over && this.#failure === undefined) {
      this.#socket.refuse({ code: CloseCode.STREAM_BROKEN, reason: 'the reader of the snapshot gave up' });
      this.#finish();
    }
    return Promise.resolve(END);
  }

  /** Does nothing once the stream is over. */
  fail(error: Error): void {
    if (this.#over) return;
    this.#socket.terminate();
    this.#break(error);
  }

  #break(error: Error): void {
    if (this.#over || this.#failure !== undefined) return;
    this.#failure = error;
    this.#chunks.length = 0;
    this.#onOver();
    this.#waiter?.reject(error);
    this.#waiter = undefined;
  }

  #onFrame(frame: Uint8Array): void {
    if (this.#endReceived) throw new FrameError('chunk behind the end of a snapshot');
    if (frame.length === 0) this.#endReceived = true;
    const waiter = this.#waiter;
    if (waiter !== undefined) {
      this.#waiter = undefined;
      waiter.resolve(this.#endReceived ? this.#confirm() : { done: false, value: frame });
    } else if (!this.#endReceived) {
      this.#keep(frame);
    }
  }

  #keep(chunk: Uint8Array): void {
    this.#chunks.push(chunk);
    this.#chunkBytes += chunk.length;
    if (this.#paused || this.#chunkBytes <= HIGH_WATER_BYTES) return;
    this.#paused = true;
    this.#socket.pause();
  }

  #taken(chunk: Uint8Array): Uint8Array {
    this.#chunkBytes -= chunk.length;
    if (this.#paused && this.#chunkBytes <= HIGH_WATER_BYTES / 2) {
      this.#paused = false;
      this.#socket.resume();
    }
    return chunk;
  }

  #confirm(): IteratorReturnResult<undefined> {
    this.#socket.send(EMPTY);
    this.#socket.close();
    this.#finish();
    return END;
  }

  #finish(): void {
    this.#over = true;
    this.#chunks.length = 0;
    this.#onOver();
  }

  #onEnd(end: SocketEnd): void {
    this.#break(new SnapshotStreamError(`snapshot stream broke: ${end.reason}`));
  }
}
