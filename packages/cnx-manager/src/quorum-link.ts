// One connection between a learner and a leader: its queue of packets and its snapshot streams. Up and down are the transport's to announce.

import type { LinkId, QuorumPort } from '@zebu/interfaces';
import type { ServerId } from '@zebu/protocol';
import type { Dial } from './dial.ts';
import type { FrameSocket } from './frame-socket.ts';
import type { Outbox, OutboxLink } from './outbox.ts';
import type { SnapshotStreams } from './snapshot-streams.ts';

interface DrainWaiter {
  readonly bytes: number;
  readonly resolve: () => void;
}

interface LinkIdentity {
  readonly id: LinkId;
  readonly peer: ServerId;
  readonly direction: 'outgoing' | 'incoming';
  readonly port: QuorumPort;
}

export class QuorumLink implements OutboxLink {
  readonly id: LinkId;
  readonly peer: ServerId;
  readonly direction: 'outgoing' | 'incoming';
  /** Of the accepting side. */
  readonly port: QuorumPort;
  /** The accepting side's number for the link: what a snapshot stream names when it is dialled. */
  token = 0;
  readonly streams: SnapshotStreams;
  readonly #outbox: Outbox;
  /** Until the link is up. */
  dial: Dial | undefined;
  /** From when the link is up. */
  #socket: FrameSocket | undefined;
  /** Encoded packets of this turn; while the dial is under way, all since connect(). */
  #pending: Uint8Array[] = [];
  #pendingBytes = 0;
  #waiters: DrainWaiter[] = [];
  readonly #onWritten = (): void => this.#releaseWaiters();

  constructor(identity: LinkIdentity, streams: SnapshotStreams, outbox: Outbox) {
    this.id = identity.id;
    this.peer = identity.peer;
    this.direction = identity.direction;
    this.port = identity.port;
    this.streams = streams;
    this.#outbox = outbox;
  }

  get up(): boolean {
    return this.#socket !== undefined;
  }

  open(socket: FrameSocket): void {
    this.dial = undefined;
    this.#socket = socket;
    if (this.#pending.length > 0) this.#outbox.schedule(this);
  }

  queue(piece: Uint8Array): void {
    this.#pending.push(piece);
    this.#pendingBytes += piece.length;
    this.#outbox.schedule(this);
  }

  get queuedBytes(): number {
    return this.#pendingBytes + (this.#socket?.bufferedBytes ?? 0);
  }

  drained(bytes: number): Promise<void> {
    if (this.queuedBytes <= bytes) return Promise.resolve();
    return new Promise((resolve) => this.#waiters.push({ bytes, resolve }));
  }

  takePending(): readonly Uint8Array[] {
    if (!this.up) return [];
    const pieces = this.#pending;
    this.#pending = [];
    this.#pendingBytes = 0;
    return pieces;
  }

  write(frames: readonly Uint8Array[]): void {
    for (const frame of frames) this.#socket?.send(frame, this.#onWritten);
  }

  /** Ends it for good: what waits for it is released, what it streams breaks. What was queued leaves before, unless the socket is broken. */
  end(reason: string): void {
    this.dial?.abort();
    this.write(this.#outbox.join(this.takePending()));
    this.#socket?.close();
    this.#socket = undefined;
    for (const waiter of this.#waiters) waiter.resolve();
    this.#waiters = [];
    this.streams.fail(reason);
  }

  #releaseWaiters(): void {
    if (this.#waiters.length === 0) return;
    const { queuedBytes } = this;
    const waiters = this.#waiters;
    this.#waiters = waiters.filter((waiter) => queuedBytes > waiter.bytes);
    for (const waiter of waiters) if (queuedBytes <= waiter.bytes) waiter.resolve();
  }
}
