// Group commit: while one flush is in flight the next gathers, and everybody who asked for it shares it.

import { TxnLogWriteError } from '@zebu/interfaces';

export interface FlushSource {
  /** Txns ever appended. */
  appended(): number;
  /** Makes everything durable that was appended up to `count`. */
  flushTo(count: number): Promise<void>;
}

interface Flush {
  /** Txns that it makes durable, by count. */
  readonly upTo: number;
  readonly done: Promise<void>;
}

export class FlushPipeline {
  readonly #source: FlushSource;
  #running: Flush | undefined;
  #next: Promise<void> | undefined;
  #failure: TxnLogWriteError | undefined;

  constructor(source: FlushSource) {
    this.#source = source;
  }

  get failure(): TxnLogWriteError | undefined {
    return this.#failure;
  }

  flush(): Promise<void> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    // It has not begun, so it will take everything that there is now.
    if (this.#next !== undefined) return this.#next;
    if (this.#running === undefined) return this.#start();
    // Nothing was appended since it began: it makes everything durable that there is.
    if (this.#running.upTo === this.#source.appended()) return this.#running.done;
    this.#next = this.#startAfter(this.#running.done);
    return this.#next;
  }

  /** Resolves when no flush is in flight, whether they succeeded or not. */
  async idle(): Promise<void> {
    for (let flush = this.#last(); flush !== undefined; flush = this.#last()) await flush.catch(() => undefined);
  }

  /** A write failed outside a flush, or what was left of a failed one is gone. */
  setFailure(failure: TxnLogWriteError | undefined): void {
    this.#failure = failure;
  }

  #last(): Promise<void> | undefined {
    return this.#next ?? this.#running?.done;
  }

  #start(): Promise<void> {
    const upTo = this.#source.appended();
    const done = this.#run(upTo);
    this.#running = { upTo, done };
    return done;
  }

  async #startAfter(running: Promise<void>): Promise<void> {
    await running;
    this.#next = undefined;
    await this.#start();
  }

  async #run(upTo: number): Promise<void> {
    try {
      await this.#source.flushTo(upTo);
    } catch (cause) {
      this.#failure = new TxnLogWriteError('the txn log cannot be written; nothing since the last flush is durable', {
        cause,
      });
      this.#next = undefined;
      throw this.#failure;
    } finally {
      this.#running = undefined;
    }
  }
}
