// One client's connection, plain or under TLS: the first four bytes decide what it is, frames come up, bytes go down, and nothing that it
// does or fails to do reaches any other connection.

import type { Socket } from 'node:net';
import type { ConnectionId, Identity } from '@zebu/interfaces';
import type { ConnectionLimits } from './connection-limits.ts';
import { fourLetterWordOf } from './four-letter-word.ts';
import { FrameAssembler } from './frame-assembler.ts';
import type { AnswerTaker } from './long-answers.ts';

export interface ClientSocketEvents {
  /** The first bytes are no four-letter word. False refuses the connection. */
  onOpen(socket: ClientSocket): boolean;
  onFrames(socket: ClientSocket, frames: Uint8Array): void;
  /** Most of what awaitDrain() waited for has left. */
  onDrained(socket: ClientSocket): void;
  /** How many bytes behind the word belong to it. */
  argumentBytesOf(word: string): number;
  /** The first bytes are a four-letter word: it is to be answered with write() and done(). */
  onWord(socket: ClientSocket, word: string, argument: Uint8Array): void;
  /** The client took what write() gave it. */
  onAnswerDrained(socket: ClientSocket): void;
  /** Something is queued: flush() is wanted before the turn of the loop ends. */
  onQueued(socket: ClientSocket): void;
  /** The client sent what no client sends. */
  onViolation(socket: ClientSocket, problem: string): void;
  /** The client left; only after onOpen. */
  onLeft(socket: ClientSocket): void;
  /** The socket is gone; the last event, and always there. */
  onGone(socket: ClientSocket): void;
}

export interface ClientSocketLimits {
  readonly maxFrameBytes: number;
  readonly pauseAboveBytes: number;
  readonly maxOutgoingBytes: number;
}

/**
 * `new` until four bytes are there; then `answering` a four-letter word, or `open` while frames are exchanged; `ending` when only bytes
 * already queued still leave.
 */
type State = 'new' | 'answering' | 'open' | 'ending' | 'gone';

/** Up to here several buffers are copied into one, which is cheaper than a write for each. */
const MAX_JOINED_BYTES = 64 * 1024;
const WORD_BYTES = 4;

export class ClientSocket implements AnswerTaker {
  readonly id: ConnectionId;
  readonly host: string;
  readonly address: string;
  /** Where it counts. */
  readonly limits: ConnectionLimits;
  /** Proven by the transport. */
  identities: readonly Identity[] = [];
  #socket: Socket;
  readonly #events: ClientSocketEvents;
  readonly #limits: ClientSocketLimits;
  readonly #assembler: FrameAssembler;
  #state: State = 'new';
  /** Fewer bytes than it takes to tell a frame from a four-letter word and its argument, while the state is `new`. */
  #head: Uint8Array = new Uint8Array(0);
  #queue: Uint8Array[] = [];
  #pausedByOwner = false;
  #pausedByOutput = false;
  #awaitsDrain = false;
  /** One closure for the life of the socket, not one a chunk. */
  readonly #deliver = (frames: Uint8Array): boolean => {
    this.#events.onFrames(this, frames);
    return this.#state === 'open';
  };

  constructor(
    identity: Pick<ClientSocket, 'id' | 'host' | 'address' | 'limits'>,
    socket: Socket,
    events: ClientSocketEvents,
    limits: ClientSocketLimits,
  ) {
    this.id = identity.id;
    this.host = identity.host;
    this.address = identity.address;
    this.limits = identity.limits;
    this.#socket = socket;
    this.#events = events;
    this.#limits = limits;
    this.#assembler = new FrameAssembler(limits.maxFrameBytes);
    this.#watch(socket);
  }

  /** Begins to read. Under TLS it is the encrypted socket from now on that speaks for the connection. */
  serve(socket: Socket, identities: readonly Identity[]): void {
    if (this.#state !== 'new') return void socket.destroy();
    this.identities = identities;
    if (socket !== this.#socket) {
      this.#socket = socket;
      this.#watch(socket);
    }
    socket.on('data', (chunk) => this.#onData(chunk));
    socket.on('drain', () => this.#onDrain());
    socket.on('end', () => this.#onEnd());
  }

  send(bytes: Uint8Array): void {
    if (this.#state !== 'open') return;
    this.#queue.push(bytes);
    if (this.#queue.length === 1) this.#events.onQueued(this);
  }

  awaitDrain(): void {
    if (this.#state !== 'open') return;
    this.#awaitsDrain = true;
    if (this.#queue.length === 0) this.#events.onQueued(this);
  }

  /** One write for everything that was queued since the last one. */
  flush(): void {
    const queue = this.#queue;
    if (this.#state === 'gone') return;
    this.#queue = [];
    if (queue.length > 0) this.#write(queue);
    if (this.#state !== 'open') return;
    const outgoingBytes = this.#socket.writableLength;
    if (outgoingBytes > this.#limits.maxOutgoingBytes) {
      this.drop(`not reading: ${outgoingBytes} bytes are on their way to it`);
    } else if (outgoingBytes > this.#limits.pauseAboveBytes) {
      this.#pausedByOutput = true;
      this.#updateReading();
    } else {
      this.#tellDrained();
    }
  }

  pauseReading(): void {
    this.#pausedByOwner = true;
    this.#updateReading();
  }

  resumeReading(): void {
    this.#pausedByOwner = false;
    this.#updateReading();
  }

  /** A piece of the answer to a four-letter word. False when the client is to take some before the next one. */
  write(text: string): boolean {
    return this.#state === 'answering' && this.#socket.write(text);
  }

  /** The answer is complete. */
  done(): void {
    if (this.#state === 'answering') this.end();
  }

  /** Sends what is queued and says goodbye. What still comes in is read and dropped, or the system would answer it with a reset that overtakes the goodbye. */
  end(): void {
    if (this.#state === 'ending' || this.#state === 'gone') return;
    this.#state = 'ending';
    this.flush();
    this.#socket.end();
    this.#socket.resume();
  }

  /** Sends what is queued, if the client takes it at once, and closes. */
  endSoon(): void {
    this.end();
    this.#socket.destroySoon();
  }

  /** Closes now. */
  destroy(): void {
    if (this.#state !== 'gone') this.#state = 'ending';
    this.#socket.destroy();
  }

  /** Closes now, because of what the client did or failed to do. */
  drop(problem: string): void {
    const wasOpen = this.#state === 'open';
    this.#events.onViolation(this, problem);
    this.destroy();
    if (wasOpen) this.#events.onLeft(this);
  }

  #watch(socket: Socket): void {
    // What follows an error is always 'close', which says all that anyone wants to know.
    socket.on('error', () => {});
    socket.on('close', () => {
      if (socket === this.#socket) this.#onClose();
    });
  }

  #onData(buffer: Uint8Array): void {
    // A plain view: slice() of a Buffer is no copy, and receivers that keep bytes copy them with it.
    const chunk = new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.length);
    if (this.#state === 'open') this.#assemble(chunk);
    else if (this.#state === 'new') this.#onFirstBytes(chunk);
    else if (this.#assembler.isDraining && this.#assembler.push(chunk, this.#deliver) !== undefined)
      this.#socket.destroy();
  }

  #onFirstBytes(chunk: Uint8Array): void {
    const bytes = this.#head.length === 0 ? chunk : joined([this.#head, chunk]);
    const word = bytes.length < WORD_BYTES ? undefined : fourLetterWordOf(bytes);
    const wanted = WORD_BYTES + (word === undefined ? 0 : this.#events.argumentBytesOf(word));
    if (bytes.length < wanted) {
      this.#head = this.#head.length === 0 ? bytes.slice() : bytes;
      return;
    }
    this.#head = new Uint8Array(0);
    if (word !== undefined) this.#answer(word, bytes.slice(WORD_BYTES, wanted));
    else if ((bytes[0] as number) >= 0x80) this.drop('a frame of a negative length');
    else this.#open(bytes);
  }

  #answer(word: string, argument: Uint8Array): void {
    this.#state = 'answering';
    this.#events.onWord(this, word, argument);
  }

  #open(bytes: Uint8Array): void {
    this.#state = 'open';
    if (this.#events.onOpen(this)) this.#assemble(bytes);
    else this.destroy();
  }

  #assemble(chunk: Uint8Array): void {
    const problem = this.#assembler.push(chunk, this.#deliver);
    if (problem !== undefined) this.drop(problem);
  }

  /** A client that closes its sending side is gone for ZooKeeper; what was queued for it still leaves. */
  #onEnd(): void {
    // `echo srvr | nc` closes its side at once, and waits for the answer.
    if (this.#state === 'answering') return;
    const wasOpen = this.#state === 'open';
    this.end();
    if (wasOpen) this.#events.onLeft(this);
  }

  #onClose(): void {
    const wasOpen = this.#state === 'open';
    this.#state = 'gone';
    this.#queue = [];
    if (wasOpen) this.#events.onLeft(this);
    this.#events.onGone(this);
  }

  #onDrain(): void {
    if (this.#state === 'answering') return this.#events.onAnswerDrained(this);
    this.#pausedByOutput = false;
    this.#updateReading();
    this.#tellDrained();
  }

  #tellDrained(): void {
    if (!this.#awaitsDrain || this.#state !== 'open') return;
    this.#awaitsDrain = false;
    this.#events.onDrained(this);
  }

  #updateReading(): void {
    if (this.#state !== 'open') return;
    if (this.#pausedByOwner || this.#pausedByOutput) this.#socket.pause();
    else this.#socket.resume();
  }

  #write(queue: readonly Uint8Array[]): void {
    const [first] = queue;
    if (queue.length === 1 && first !== undefined) {
      this.#socket.write(first);
    } else if (queue.reduce((sum, bytes) => sum + bytes.length, 0) <= MAX_JOINED_BYTES) {
      this.#socket.write(joined(queue));
    } else {
      this.#socket.cork();
      for (const bytes of queue) this.#socket.write(bytes);
      this.#socket.uncork();
    }
  }
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const buffer = Buffer.concat(parts);
  return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.length);
}
