// The snapshot streams of one link. Each has a connection of its own, so that pings never wait behind megabytes; whichever end sends, the server
// that dialled the link dials the stream, since that way round is known to work. The sender first offers the stream on the link, among the
// packets, so that a snapshot never overtakes the SNAP packet that speaks of it.

import type { Clock, Timer } from '@zebu/interfaces';
import type { Millis } from '@zebu/protocol';
import { FrameError } from './frame-error.ts';
import type { FrameSocket } from './frame-socket.ts';
import { CloseCode, type Refusal } from './refusal.ts';
import { SnapshotStreamError } from './snapshot-error.ts';
import { SnapshotReader } from './snapshot-reader.ts';
import { SnapshotSender } from './snapshot-sender.ts';

/** Streams that a peer may have open on one link. */
const MAX_INCOMING_STREAMS = 4;

const NOT_OFFERED: Refusal = { code: CloseCode.STREAM_BROKEN, reason: 'no snapshot stream of this number' };

export interface SnapshotStreamsOptions {
  /** This server dialled the link, so it dials the streams too. */
  readonly dialledLink: boolean;
  readonly clock: Clock;
  readonly connectTimeoutMs: Millis;
  /** Tells the peer on the link. */
  readonly offer: (stream: number) => void;
  readonly dial: (stream: number, onOpen: (socket: FrameSocket) => void, onFailed: (reason: string) => void) => void;
  readonly onSnapshot: (chunks: AsyncIterable<Uint8Array>) => void;
  readonly onDialFailed: (reason: string) => void;
}

/** A stream that the peer dialled: it goes on once its hello is answered. */
export interface IncomingStream {
  readonly socket: FrameSocket;
  answer(): void;
}

export class SnapshotStreams {
  readonly #options: SnapshotStreamsOptions;
  /** Odd numbers are streams sent by the server that dialled the link, even ones by the other. */
  #nextStream: number;
  readonly #senders = new Set<SnapshotSender>();
  /** Those that have no connection yet. */
  readonly #connecting = new Map<number, { readonly sender: SnapshotSender; readonly timer: Timer }>();
  /** Offered by the peer and not connected yet. */
  readonly #offered = new Set<number>();
  /** Connected by the peer and not offered yet, since the two travel on different connections; not answered, so that no chunk comes yet. */
  readonly #early = new Map<number, IncomingStream>();
  readonly #readers = new Set<SnapshotReader>();
  #down: Error | undefined;

  constructor(options: SnapshotStreamsOptions) {
    this.#options = options;
    this.#nextStream = options.dialledLink ? 1 : 2;
  }

  send(chunks: AsyncIterable<Uint8Array>): Promise<void> {
    if (this.#down !== undefined) return Promise.reject(this.#down);
    const stream = this.#nextStream;
    this.#nextStream += 2;
    const { clock, connectTimeoutMs, dialledLink, offer, dial } = this.#options;
    const sender = new SnapshotSender(chunks);
    const timer = clock.setTimer(clock.now() + connectTimeoutMs, () => {
      this.#failConnecting(stream, `it did not connect within ${connectTimeoutMs} ms`);
    });
    this.#senders.add(sender);
    this.#connecting.set(stream, { sender, timer });
    offer(stream);
    if (dialledLink) {
      const onOpen = (socket: FrameSocket): void => this.#startSender(stream, socket);
      dial(stream, onOpen, (reason) => this.#failConnecting(stream, reason));
    }
    return sender.done.finally(() => this.#senders.delete(sender));
  }

  /** The peer's offer has arrived on the link. */
  onOffer(stream: number): void {
    if (this.#down !== undefined) return;
    if (this.#isOwn(stream)) throw new FrameError(`offer of snapshot stream ${stream}, which is not the peer's`);
    const open = this.#offered.size + this.#readers.size;
    if (open >= MAX_INCOMING_STREAMS) throw new FrameError(`more than ${MAX_INCOMING_STREAMS} snapshot streams`);
    const early = this.#early.get(stream);
    if (early !== undefined) {
      this.#early.delete(stream);
      this.#answerReader(early);
      return;
    }
    this.#offered.add(stream);
    if (this.#options.dialledLink) this.#dialOffered(stream);
  }

  /** The peer dialled a stream. */
  onConnected(stream: number, incoming: IncomingStream): void {
    const { socket } = incoming;
    if (this.#isOwn(stream)) {
      if (this.#connecting.has(stream)) incoming.answer();
      this.#startSender(stream, socket);
    } else if (this.#offered.delete(stream)) {
      this.#answerReader(incoming);
    } else if (this.#early.size < MAX_INCOMING_STREAMS && !this.#early.has(stream)) {
      this.#early.set(stream, incoming);
      socket.handler = { onFrame: refuseEarlyChunk, onEnd: () => this.#early.delete(stream) };
    } else {
      socket.refuse(NOT_OFFERED);
    }
  }

  /** The link is down, and its streams with it. */
  fail(reason: string): void {
    const error = new SnapshotStreamError(`snapshot stream broke: ${reason}`);
    this.#down = error;
    for (const { timer } of this.#connecting.values()) timer.cancel();
    this.#connecting.clear();
    for (const sender of this.#senders) sender.fail(error);
    for (const { socket } of this.#early.values()) socket.terminate();
    this.#early.clear();
    for (const reader of this.#readers) reader.fail(error);
  }

  #isOwn(stream: number): boolean {
    return (stream % 2 === 1) === this.#options.dialledLink;
  }

  #dialOffered(stream: number): void {
    const onOpen = (socket: FrameSocket): void => {
      if (this.#offered.delete(stream)) this.#startReader(socket);
      else socket.refuse(NOT_OFFERED);
    };
    this.#options.dial(stream, onOpen, (reason) => {
      this.#offered.delete(stream);
      this.#options.onDialFailed(reason);
    });
  }

  #startSender(stream: number, socket: FrameSocket): void {
    const sender = this.#takeConnecting(stream);
    if (sender === undefined) socket.refuse(NOT_OFFERED);
    else sender.start(socket);
  }

  #failConnecting(stream: number, reason: string): void {
    this.#takeConnecting(stream)?.fail(new SnapshotStreamError(`snapshot stream broke: ${reason}`));
  }

  #takeConnecting(stream: number): SnapshotSender | undefined {
    const entry = this.#connecting.get(stream);
    entry?.timer.cancel();
    this.#connecting.delete(stream);
    return entry?.sender;
  }

  #answerReader(incoming: IncomingStream): void {
    incoming.answer();
    this.#startReader(incoming.socket);
  }

  #startReader(socket: FrameSocket): void {
    if (this.#down !== undefined) {
      socket.terminate();
      return;
    }
    const reader = new SnapshotReader(socket, () => this.#readers.delete(reader));
    this.#readers.add(reader);
    this.#options.onSnapshot(reader);
  }
}

function refuseEarlyChunk(): void {
  throw new FrameError('chunk before the answer to the hello');
}
