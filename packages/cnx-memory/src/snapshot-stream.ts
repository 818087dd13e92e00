// One snapshot on its way: the reader asks for each chunk, so the source is never pulled ahead of it.

import type { ServerId } from '@zebu/protocol';
import { type Medium, Pipe } from './pipe.ts';
import { copyOf } from './value-copy.ts';

type Result = IteratorResult<Uint8Array, undefined>;
const END: Result = { done: true, value: undefined };

interface Waiter {
  readonly resolve: (result: Result) => void;
  readonly reject: (error: Error) => void;
}

export class SnapshotStream implements AsyncIterableIterator<Uint8Array, undefined> {
  readonly #source: AsyncIterator<Uint8Array>;
  readonly #chunks: Pipe;
  readonly #requests: Pipe;
  /** Of the reader: what it asked for and has not got. */
  readonly #waiters: Waiter[] = [];
  #failure: Error | undefined;
  #ended = false;
  readonly #settle: { readonly resolve: () => void; readonly reject: (error: Error) => void };
  /** For the sender: resolves when the reader has received the end. */
  readonly sent: Promise<void>;
  /** Resolves either way. */
  readonly over: Promise<void>;

  constructor(chunks: AsyncIterable<Uint8Array>, ends: { from: ServerId; to: ServerId }, medium: Medium) {
    this.#source = chunks[Symbol.asyncIterator]();
    this.#chunks = new Pipe({ channel: 'quorum', from: ends.from, to: ends.to }, medium);
    this.#requests = new Pipe({ channel: 'quorum', from: ends.to, to: ends.from }, medium);
    const { promise, resolve, reject } = withResolvers();
    this.#settle = { resolve, reject };
    this.sent = promise;
    this.over = promise.catch(() => {});
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<Result> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    if (this.#ended) return Promise.resolve(END);
    this.#requests.push('snapshotPull', () => this.#pull());
    return new Promise((resolve, reject) => this.#waiters.push({ resolve, reject }));
  }

  /** The reader wants no more. */
  return(): Promise<Result> {
    if (!this.#ended && this.#failure === undefined) {
      this.#ended = true;
      this.#requests.push('snapshotAbort', () => this.fail(new Error('the reader of the snapshot gave up')));
    }
    return Promise.resolve(END);
  }

  /** Does nothing once the stream is over. */
  fail(error: Error): void {
    if (this.#failure !== undefined) return;
    this.#failure = error;
    this.#chunks.clear();
    this.#requests.clear();
    for (const waiter of this.#waiters.splice(0)) waiter.reject(error);
    this.#settle.reject(error);
    // The source may hold something open; how it ends is its own affair by now.
    void this.#source.return?.().catch(() => {});
  }

  /** At the sender. */
  #pull(): void {
    if (this.#failure !== undefined) return;
    this.#source.next().then(
      (result) => this.#transmit(result),
      (error: unknown) => this.fail(error instanceof Error ? error : new Error(String(error))),
    );
  }

  #transmit(result: IteratorResult<Uint8Array>): void {
    if (this.#failure !== undefined) return;
    if (result.done === true) {
      this.#chunks.push('snapshotEnd', () => this.#receiveEnd());
      return;
    }
    const value = copyOf(result.value);
    this.#chunks.push('snapshotChunk', () => this.#waiters.shift()?.resolve({ done: false, value }), value.length);
  }

  /** At the reader. */
  #receiveEnd(): void {
    this.#ended = true;
    for (const waiter of this.#waiters.splice(0)) waiter.resolve(END);
    this.#requests.push('snapshotConfirm', () => this.#settle.resolve());
  }
}

interface Resolvers {
  readonly promise: Promise<void>;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

function withResolvers(): Resolvers {
  let resolve: () => void = () => {};
  let reject: (error: Error) => void = () => {};
  const promise = new Promise<void>((onResolve, onReject) => {
    resolve = onResolve;
    reject = onReject;
  });
  return { promise, resolve, reject };
}
