// Writes log lines to a file descriptor without ever making the server wait: one write at a time, on a thread of the pool; lines beyond a
// limit are lost and counted; a reader that has left silences it. (Node's own stdout blocks on a pipe whose reader is slow.)

import { write, writeSync } from 'node:fs';

export interface LogStreamOptions {
  /** Bytes that may wait for a slow reader. */
  readonly maxWaitingBytes?: number;
  /** How fs.write and fs.writeSync are called; tests put others in their place. */
  readonly write?: typeof write;
  readonly writeSync?: typeof writeSync;
}

const DEFAULT_MAX_WAITING_BYTES = 4 * 1024 * 1024;
/** A pipe that is full says EAGAIN when it does not block. */
const RETRY_MS = 20;
const NOTHING = Buffer.alloc(0);

export class LogStream {
  readonly #descriptor: number;
  readonly #maxWaitingBytes: number;
  readonly #write: typeof write;
  readonly #writeSync: typeof writeSync;
  #waiting: string[] = [];
  #waitingLength = 0;
  /** What the write under way, or about to be tried again, still has to write. */
  #current: Buffer = NOTHING;
  #writing = false;
  #lostCount = 0;
  #silent = false;
  #drained: (() => void)[] = [];

  constructor(descriptor: number, options: LogStreamOptions = {}) {
    this.#descriptor = descriptor;
    this.#maxWaitingBytes = options.maxWaitingBytes ?? DEFAULT_MAX_WAITING_BYTES;
    this.#write = options.write ?? write;
    this.#writeSync = options.writeSync ?? writeSync;
  }

  /** One or more whole lines. */
  write(text: string): void {
    if (this.#silent) return;
    if (this.#waitingLength + text.length > this.#maxWaitingBytes) {
      this.#lostCount++;
      return;
    }
    this.#waiting.push(text);
    this.#waitingLength += text.length;
    if (!this.#writing) this.#writeNext();
  }

  /** Resolves when all that was written is out, or nobody reads any more. */
  drain(): Promise<void> {
    if (!this.#writing) return Promise.resolve();
    return new Promise((resolve) => this.#drained.push(resolve));
  }

  /** The last chance of a process that ends now: writes what waits, as far as the reader takes it at once. */
  flushNow(): void {
    if (this.#silent) return;
    // A write under way is beyond reach; what waits behind it is not.
    let rest = this.#takeWaiting();
    try {
      while (rest.length > 0) rest = rest.subarray(this.#writeSync(this.#descriptor, rest));
    } catch {
      // Nobody reads, or not now; there is no later.
    }
  }

  #writeNext(): void {
    if (this.#current.length === 0) this.#current = this.#takeWaiting();
    if (this.#current.length === 0 || this.#silent) {
      this.#writing = false;
      for (const resolve of this.#drained.splice(0)) resolve();
      return;
    }
    this.#writing = true;
    this.#write(this.#descriptor, this.#current, (error, writtenCount) => this.#onWritten(error, writtenCount));
  }

  #onWritten(error: NodeJS.ErrnoException | null, writtenCount: number): void {
    if (error?.code === 'EAGAIN') {
      setTimeout(() => this.#writeNext(), RETRY_MS).unref();
      return;
    }
    if (error !== null) this.#silence();
    else this.#current = this.#current.subarray(writtenCount);
    this.#writeNext();
  }

  #takeWaiting(): Buffer {
    if (this.#lostCount > 0) this.#waiting.push(lostLine(this.#lostCount));
    this.#lostCount = 0;
    const text = this.#waiting.join('');
    this.#waiting = [];
    this.#waitingLength = 0;
    return text === '' ? NOTHING : Buffer.from(text);
  }

  /** EPIPE: the reader has gone, which is no reason to stop serving. */
  #silence(): void {
    this.#silent = true;
    this.#current = NOTHING;
    this.#waiting = [];
    this.#waitingLength = 0;
  }
}

const lostLine = (count: number): string =>
  `${JSON.stringify({ level: 'warn', lostCount: count, msg: 'log lines were lost: nobody read them in time' })}\n`;
