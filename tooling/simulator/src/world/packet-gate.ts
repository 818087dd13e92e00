// Between a server's quorum transport and its shell: packets that a story holds back wait here, with all that is behind them on their link.

import type { LinkId, QuorumPort, QuorumTransport, QuorumTransportHandler } from '@zebu/interfaces';
import type { QuorumPacket, ServerId } from '@zebu/protocol';
import type { MessageFact } from '../history/event.ts';
import type { ProcessGate } from './process-gate.ts';
import { packetSummary } from './txn-summary.ts';
import type { Hold, PacketFilter } from './world.ts';

/** One `holdPackets`, for all servers. */
export class PacketHold implements Hold {
  /** Grows from one hold to the next. */
  readonly number: number;
  readonly #filter: PacketFilter;
  readonly #onRelease: (hold: PacketHold) => void;
  #passing: number;

  constructor(number: number, filter: PacketFilter, onRelease: (hold: PacketHold) => void) {
    this.number = number;
    this.#filter = filter;
    this.#onRelease = onRelease;
    this.#passing = filter.after ?? 0;
  }

  readonly queues = new Set<LinkQueue>();

  get waitingCount(): number {
    let count = 0;
    for (const queue of this.queues) count += queue.packets.length;
    return count;
  }

  release(): void {
    this.#onRelease(this);
  }

  /** Asked once for each packet that comes to this hold; counts those that may pass. */
  stops(from: ServerId, to: ServerId, packet: QuorumPacket): boolean {
    const { type } = this.#filter;
    if (packet.type !== type || (this.#filter.from ?? from) !== from || (this.#filter.to ?? to) !== to) return false;
    if (this.#passing === 0) return true;
    this.#passing--;
    return false;
  }
}

interface LinkQueue {
  readonly link: LinkId;
  readonly packets: QuorumPacket[];
  hold: PacketHold;
}

export interface PacketGateParts {
  readonly self: ServerId;
  readonly transport: QuorumTransport;
  readonly gate: ProcessGate;
  /** Those in force, oldest first. */
  readonly holds: readonly PacketHold[];
  /** Runs soon, in an event of its own. */
  readonly defer: (run: () => void) => void;
  readonly record: (fact: MessageFact) => void;
}

export class PacketGate implements QuorumTransport {
  readonly #parts: PacketGateParts;
  readonly #peers = new Map<LinkId, ServerId>();
  readonly #queues = new Map<LinkId, LinkQueue>();
  #handler: QuorumTransportHandler | undefined;

  constructor(parts: PacketGateParts) {
    this.#parts = parts;
  }

  start(handler: QuorumTransportHandler): Promise<void> {
    this.#handler = handler;
    return this.#parts.transport.start({
      onLinkUp: (link, peer, direction, port) => {
        this.#peers.set(link, peer);
        handler.onLinkUp(link, peer, direction, port);
      },
      onPackets: (link, packets) => this.#onPackets(link, packets),
      onSnapshot: (link, chunks) => handler.onSnapshot(link, chunks),
      onLinkDown: (link, reason) => {
        this.#forget(link);
        handler.onLinkDown(link, reason);
      },
    });
  }

  connect(to: ServerId, port?: QuorumPort): LinkId {
    const link = this.#parts.transport.connect(to, port);
    this.#peers.set(link, to);
    return link;
  }

  send(link: LinkId, packets: readonly QuorumPacket[]): void {
    const { transport, self, record } = this.#parts;
    const to = this.#peers.get(link);
    if (to !== undefined)
      for (const packet of packets) record({ type: 'packetSent', from: self, to, packet: packetSummary(packet) });
    transport.send(link, packets);
  }

  queuedBytes(link: LinkId): number {
    return this.#parts.transport.queuedBytes(link);
  }

  drained(link: LinkId, bytes: number): Promise<void> {
    return this.#parts.transport.drained(link, bytes);
  }

  sendSnapshot(link: LinkId, chunks: AsyncIterable<Uint8Array>): Promise<void> {
    return this.#parts.transport.sendSnapshot(link, chunks);
  }

  closeLink(link: LinkId): void {
    this.#forget(link);
    this.#parts.transport.closeLink(link);
  }

  setEnsemble(ensemble: Parameters<QuorumTransport['setEnsemble']>[0]): void {
    this.#parts.transport.setEnsemble(ensemble);
  }

  close(): Promise<void> {
    this.end();
    return this.#parts.transport.close();
  }

  /** The process is gone: nothing of it waits any more. */
  end(): void {
    for (const link of this.#queues.keys()) this.#forget(link);
  }

  /** What waited for this hold goes on, behind what happens now. */
  released(hold: PacketHold): void {
    for (const queue of this.#queues.values()) {
      if (queue.hold === hold)
        this.#parts.defer(() =>
          this.#parts.gate.read(() => this.#queues.get(queue.link) === queue && this.#goOn(queue)),
        );
    }
  }

  #onPackets(link: LinkId, packets: QuorumPacket[]): void {
    const waiting = this.#queues.get(link);
    if (waiting !== undefined) waiting.packets.push(...packets);
    else this.#admit(link, packets, 0);
  }

  #goOn(queue: LinkQueue): void {
    queue.hold.queues.delete(queue);
    this.#queues.delete(queue.link);
    this.#admit(queue.link, queue.packets, queue.hold.number);
  }

  /** Delivers up to the first packet that has to wait. Holds up to `asked` have counted the first one already. */
  #admit(link: LinkId, packets: QuorumPacket[], asked: number): void {
    const { holds, self } = this.#parts;
    const from = this.#peers.get(link) as ServerId;
    if (holds.length === 0) return this.#deliver(link, from, packets);
    for (const [index, packet] of packets.entries()) {
      const hold = holds.find((each) => (index > 0 || each.number > asked) && each.stops(from, self, packet));
      if (hold === undefined) continue;
      const queue: LinkQueue = { link, packets: packets.slice(index), hold };
      this.#queues.set(link, queue);
      hold.queues.add(queue);
      return this.#deliver(link, from, packets.slice(0, index));
    }
    this.#deliver(link, from, packets);
  }

  #deliver(link: LinkId, from: ServerId, packets: QuorumPacket[]): void {
    if (packets.length === 0) return;
    const { self, record } = this.#parts;
    for (const packet of packets) record({ type: 'packetReceived', from, to: self, packet: packetSummary(packet) });
    this.#handler?.onPackets(link, packets);
  }

  #forget(link: LinkId): void {
    this.#peers.delete(link);
    const queue = this.#queues.get(link);
    if (queue === undefined) return;
    queue.hold.queues.delete(queue);
    this.#queues.delete(link);
  }
}
