// One end of a link: what its server sees of the connection.

import type { LinkId, QuorumPort } from '@zebu/interfaces';
import type { QuorumPacket, ServerId } from '@zebu/protocol';
import type { DeliveryKind } from './delivery.ts';
import type { Medium, Pipe } from './pipe.ts';
import { SnapshotStream } from './snapshot-stream.ts';
import { copyOf, sizeOf } from './value-copy.ts';

/** What a link end tells its transport. */
export interface LinkOwner {
  readonly self: ServerId;
  onPackets(end: LinkEnd, packets: QuorumPacket[]): void;
  onSnapshot(end: LinkEnd, chunks: AsyncIterable<Uint8Array>): void;
  onDown(end: LinkEnd, reason: string): void;
}

export interface LinkIdentity {
  readonly id: LinkId;
  readonly peer: ServerId;
  readonly direction: 'outgoing' | 'incoming';
  /** Of the accepting side; in memory every server has both. */
  readonly port: QuorumPort;
}

interface DrainWaiter {
  readonly bytes: number;
  readonly resolve: () => void;
}

export class LinkEnd {
  readonly id: LinkId;
  readonly peer: ServerId;
  readonly direction: 'outgoing' | 'incoming';
  readonly port: QuorumPort;
  readonly owner: LinkOwner;
  /** The other end: missing until the dial has arrived. */
  other: LinkEnd | undefined;
  state: 'connecting' | 'up' | 'down' = 'connecting';
  readonly #medium: Medium;
  readonly #out: Pipe;
  readonly #in: Pipe;
  /** Packets of this turn, still growing. */
  #batch: { readonly packets: QuorumPacket[]; readonly turn: number } | undefined;
  #waiters: DrainWaiter[] = [];
  readonly #streams = new Set<SnapshotStream>();

  constructor(
    identity: LinkIdentity,
    owner: LinkOwner,
    pipes: { readonly out: Pipe; readonly in: Pipe },
    medium: Medium,
  ) {
    this.id = identity.id;
    this.peer = identity.peer;
    this.direction = identity.direction;
    this.port = identity.port;
    this.owner = owner;
    this.#medium = medium;
    this.#out = pipes.out;
    this.#in = pipes.in;
    this.#out.onDelivered = () => this.#releaseWaiters();
  }

  /** The pipes as the other end has them. */
  get pipesOfOther(): { readonly out: Pipe; readonly in: Pipe } {
    return { out: this.#in, in: this.#out };
  }

  /** Towards the other end, behind what was sent before. */
  transmit(kind: DeliveryKind, perform: () => void): void {
    this.#batch = undefined;
    this.#out.push(kind, perform);
  }

  send(packets: readonly QuorumPacket[]): void {
    if (this.state === 'down' || packets.length === 0) return;
    const copies = packets.map(copyOf);
    const bytes = sizeOf(packets);
    if (this.#batch?.turn === this.#medium.turn && this.#out.grow(bytes)) {
      this.#batch.packets.push(...copies);
      return;
    }
    const batch = { packets: copies, turn: this.#medium.turn };
    this.#batch = batch;
    this.#out.push('packets', () => this.other?.receive(batch.packets), bytes);
  }

  receive(packets: QuorumPacket[]): void {
    if (this.state === 'up') this.owner.onPackets(this, packets);
  }

  get queuedBytes(): number {
    return this.#out.bytes;
  }

  drained(bytes: number): Promise<void> {
    if (this.state === 'down' || this.queuedBytes <= bytes) return Promise.resolve();
    return new Promise((resolve) => this.#waiters.push({ bytes, resolve }));
  }

  sendSnapshot(chunks: AsyncIterable<Uint8Array>): Promise<void> {
    if (this.state !== 'up') return Promise.reject(new Error('the link is down'));
    const stream = new SnapshotStream(chunks, { from: this.owner.self, to: this.peer }, this.#medium);
    this.#hold(stream);
    this.transmit('snapshotOffer', () => this.other?.receiveOffer(stream));
    return stream.sent;
  }

  receiveOffer(stream: SnapshotStream): void {
    if (this.state !== 'up') return;
    this.#hold(stream);
    this.owner.onSnapshot(this, stream);
  }

  /** The server closes its end: the other hears of it behind what was sent before. */
  close(reason: string): void {
    this.#goDown(reason);
    this.transmit('linkDown', () => this.other?.fail('closed by the peer'));
  }

  /** The server wants no link to the peer any more: it will notice that the link is down, the other end behind what was sent before. */
  giveUp(reason: string): void {
    if (this.other === undefined) this.breakOff(reason);
    else {
      this.transmit('linkDown', () => this.other?.fail('closed by the peer'));
      this.#in.clear();
      this.#in.pushLocal('linkDown', () => this.fail(reason));
    }
  }

  /** The connection broke: what was on its way to this end is lost, so is a dial that has not arrived, and its server will notice. */
  breakOff(reason: string): void {
    if (this.other === undefined) this.#out.clear();
    this.#in.clear();
    this.#in.pushLocal('linkDown', () => this.fail(reason));
  }

  /** The server of this end is gone, with what it had under way; the other end hears of that. */
  crash(reason: string): void {
    this.#goDown(reason);
    this.#in.clear();
    this.#out.clear();
    this.transmit('linkDown', () => this.other?.fail(reason));
  }

  /** Down from now on, and the server is told, once. */
  fail(reason: string): void {
    if (this.state === 'down') return;
    this.#goDown(reason);
    this.owner.onDown(this, reason);
  }

  #goDown(reason: string): void {
    this.state = 'down';
    for (const waiter of this.#waiters) waiter.resolve();
    this.#waiters = [];
    for (const stream of this.#streams) stream.fail(new Error(`snapshot stream broke: ${reason}`));
    this.#streams.clear();
  }

  #hold(stream: SnapshotStream): void {
    this.#streams.add(stream);
    void stream.over.then(() => this.#streams.delete(stream));
  }

  #releaseWaiters(): void {
    const { queuedBytes } = this;
    const waiters = this.#waiters;
    this.#waiters = waiters.filter((waiter) => queuedBytes > waiter.bytes);
    for (const waiter of waiters) if (queuedBytes <= waiter.bytes) waiter.resolve();
  }
}
