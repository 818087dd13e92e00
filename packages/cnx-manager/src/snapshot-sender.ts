// Sends one snapshot over a WebSocket of its own: a frame is a chunk, an empty frame is the end, and the reader answers that with an empty frame.

import { FrameError } from './frame-error.ts';
import type { FrameSocket, SocketEnd } from './frame-socket.ts';
import { CloseCode } from './refusal.ts';
import { SnapshotStreamError } from './snapshot-error.ts';

/** Larger chunks are cut: one frame is held whole at the reader. */
const MAX_FRAME_BYTES = 256 * 1024;
const EMPTY = new Uint8Array(0);

export class SnapshotSender {
  readonly #chunks: AsyncIterable<Uint8Array>;
  #socket: FrameSocket | undefined;
  #failure: Error | undefined;
  #endSent = false;
  /** Resolves once the reader has taken everything. */
  readonly done: Promise<void>;
  #resolve: () => void = () => {};
  #reject: (error: Error) => void = () => {};

  constructor(chunks: AsyncIterable<Uint8Array>) {
    this.#chunks = chunks;
    this.done = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  /** The stream's connection is open. */
  start(socket: FrameSocket): void {
    this.#socket = socket;
    socket.handler = { onFrame: (frame) => this.#onFrame(frame), onEnd: (end) => this.#onEnd(end) };
    this.#pump(socket).catch((error: unknown) => this.#onSourceFailed(error));
  }

  /** Does nothing once the stream is over. */
  fail(error: Error): void {
    this.#socket?.terminate();
    this.#break(error);
  }

  /** The source is pulled when the kernel has taken the chunk before: that is all the memory a slow reader costs. */
  async #pump(socket: FrameSocket): Promise<void> {
    for await (const chunk of this.#chunks) {
      for (let start = 0; start < chunk.length; start += MAX_FRAME_BYTES) {
        await written(socket, chunk.subarray(start, start + MAX_FRAME_BYTES));
        if (this.#failure !== undefined) throw this.#failure;
      }
    }
    this.#endSent = true;
    socket.send(EMPTY);
  }

  #onFrame(frame: Uint8Array): void {
    if (!this.#endSent || frame.length > 0) throw new FrameError('the reader of a snapshot sent something');
    this.#resolve();
    this.#socket?.close();
  }

  #onEnd(end: SocketEnd): void {
    this.#break(new SnapshotStreamError(`snapshot stream broke: ${end.reason}`));
  }

  #break(error: Error): void {
    this.#failure ??= error;
    this.#reject(error);
  }

  #onSourceFailed(error: unknown): void {
    if (this.#failure !== undefined) return;
    this.#failure =
      error instanceof Error ? error : new SnapshotStreamError('snapshot source failed', { cause: error });
    this.#socket?.refuse({ code: CloseCode.STREAM_BROKEN, reason: 'the source of the snapshot failed' });
    this.#reject(this.#failure);
  }
}

const written = (socket: FrameSocket, bytes: Uint8Array): Promise<void> =>
  new Promise((resolve) => socket.send(bytes, resolve));
