// Holds one conversation after the other with the server, and counts what comes back. It judges nothing but whether the server can be reached.

import { createConnection, type Socket } from 'node:net';
import type { Conversation } from './conversation.ts';
import { encodeFrame, type KnownSession } from './field.ts';
import { seededRandom } from './random.ts';
import { ReplyCounter } from './reply-counter.ts';
import { sentinel } from './requests.ts';

/** For an answer to what may be damaged beyond answering. */
const PATIENCE_MS = 250;
const SENTINEL_XID = 0x5e417e1;
const NO_SESSION: KnownSession = { id: 0n, password: new Uint8Array(16) };

export class Lane {
  readonly #port: number;
  readonly #counter: ReplyCounter;
  #session: KnownSession = NO_SESSION;

  constructor(port: number, counter: ReplyCounter) {
    this.#port = port;
    this.#counter = counter;
  }

  /** Resolves when the connection is over. Never rejects: a server that refuses connections is found by others. */
  async hold(conversation: Conversation): Promise<void> {
    const session = this.#session;
    const encoded = conversation.frames.map((frame) => encodeFrame(frame, session));
    const [first, ...rest] = encoded;
    if (first === undefined) return;
    const call = new Call(this.#port, conversation.deaf, this.#counter);
    if (!(await call.connected)) return;
    if (!conversation.waitsForSession) {
      await call.write(encoded, conversation);
    } else {
      await call.write([first], conversation);
      await call.answered();
      this.#session = call.session() ?? session;
      await call.write(rest, conversation);
    }
    if (conversation.frames.length > 1) await call.settle();
    await call.leave(conversation.ending);
  }
}

/** One connection. */
class Call {
  readonly connected: Promise<boolean>;
  readonly #socket: Socket;
  readonly #closed: Promise<void>;
  readonly #replies: ReplyCounter['start'] extends () => infer Replies ? Replies : never;
  #isClosed = false;
  #wake: () => void = () => undefined;

  constructor(port: number, deaf: boolean, counter: ReplyCounter) {
    this.#replies = counter.start();
    this.#socket = createConnection({ host: '127.0.0.1', port, noDelay: true });
    this.connected = new Promise((resolve) => {
      this.#socket.once('connect', () => resolve(true));
      this.#socket.once('close', () => resolve(false));
    });
    this.#closed = new Promise((resolve) => {
      this.#socket.once('close', () => {
        this.#isClosed = true;
        this.#wake();
        resolve();
      });
    });
    // A close follows, and says all.
    this.#socket.on('error', () => undefined);
    if (deaf) return;
    this.#socket.on('data', (chunk) => {
      this.#replies.take(chunk);
      this.#wake();
    });
  }

  session(): KnownSession | undefined {
    return this.#replies.session();
  }

  async write(frames: readonly Uint8Array[], { chunking, cutSeed }: Conversation): Promise<void> {
    for (const chunk of cut(frames, chunking, cutSeed)) {
      if (this.#isClosed) return;
      this.#socket.write(chunk);
      if (chunking === 'bytes') await turnOfTheLoop();
    }
  }

  /** Until anything came back. */
  answered(): Promise<void> {
    return this.#until(() => this.#replies.count > 0);
  }

  /** Until the server has read all that was written, as far as it reads on. */
  async settle(): Promise<void> {
    if (this.#isClosed) return;
    this.#socket.write(encodeFrame(sentinel(SENTINEL_XID), NO_SESSION));
    await this.#until(() => this.#replies.lastXid === SENTINEL_XID);
  }

  async leave(ending: Conversation['ending']): Promise<void> {
    if (ending === 'reset') this.#socket.resetAndDestroy();
    else if (ending === 'finish') this.#socket.end();
    await Promise.race([this.#closed, patience()]);
    this.#socket.destroy();
    await this.#closed;
  }

  async #until(reached: () => boolean): Promise<void> {
    const end = performance.now() + PATIENCE_MS;
    while (!this.#isClosed && !reached() && performance.now() < end) {
      await Promise.race([new Promise<void>((resolve) => (this.#wake = resolve)), patience()]);
    }
  }
}

const turnOfTheLoop = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const patience = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, PATIENCE_MS).unref());

function cut(
  frames: readonly Uint8Array[],
  chunking: Conversation['chunking'],
  cutSeed: number,
): readonly Uint8Array[] {
  if (chunking === 'frames') return frames;
  const all = Buffer.concat(frames);
  if (all.length === 0) return [];
  // Single bytes only where there are few.
  if (chunking === 'bytes' && all.length < 2000) return Array.from(all, (_, at) => all.subarray(at, at + 1));
  if (chunking === 'together') return [all];
  const random = seededRandom(cutSeed);
  const chunks: Uint8Array[] = [];
  for (let at = 0; at < all.length; ) {
    const end = at + 1 + random.below(Math.max(60, all.length / 10));
    chunks.push(all.subarray(at, end));
    at = end;
  }
  return chunks;
}
