// Packets that arrive while the disk rebuilds: kept in order, up to a bound.

import { type QuorumPacket, totalBytes } from '@zebu/protocol';

const MAX_DEFERRED_BYTES = 256 * 1024 * 1024;
/** What a packet costs beside its txns, roughly. */
const PACKET_BYTES = 64;

export class DeferredPackets {
  #packets: QuorumPacket[] = [];
  #bytes = 0;

  /** False when that was more than may be kept. */
  add(packet: QuorumPacket): boolean {
    this.#packets.push(packet);
    this.#bytes += PACKET_BYTES;
    if (packet.type === 'PROPOSAL' || packet.type === 'INFORM') this.#bytes += totalBytes(packet.txns);
    return this.#bytes <= MAX_DEFERRED_BYTES;
  }

  /** All of them, in order of arrival; nothing is kept. */
  take(): QuorumPacket[] {
    const packets = this.#packets;
    this.#packets = [];
    this.#bytes = 0;
    return packets;
  }
}
