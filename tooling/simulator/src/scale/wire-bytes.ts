// What a packet takes on the wire, as cnx-manager frames it: packets of a history have lost their payload, but not its length.

import { encodePacket } from '@zebu/cnx-manager/codec';
import type { QuorumPacket, ServerId } from '@zebu/protocol';
import type { PacketSummary } from '../history/event.ts';

/** Undefined for what a leader in broadcast does not send on its own account. */
function wireBytes(packet: PacketSummary): number | undefined {
  const full = withPayload(packet);
  return full === undefined ? undefined : encodePacket(full).length;
}

function withPayload(packet: PacketSummary): QuorumPacket | undefined {
  const { type, zxid, epoch, txns = [], number = 0 } = packet;
  switch (type) {
    case 'PROPOSAL':
    case 'INFORM':
      return { type, txns: txns.map(({ bytes }) => Buffer.alloc(bytes)) };
    case 'DIFF':
    case 'TRUNC':
    case 'SNAP':
    case 'NEWLEADER':
    case 'ACK':
    case 'COMMIT':
      return zxid === undefined ? undefined : { type, zxid };
    case 'LEADERINFO':
      return epoch === undefined ? undefined : { type, epoch };
    case 'PING':
      return { type, round: number, sessions: [] };
    case 'FOLLOWERINFO':
    case 'OBSERVERINFO':
    case 'ACKEPOCH':
    case 'UPTODATE':
    case 'COMMITANDACTIVATE':
    case 'INFORMANDACTIVATE':
    case 'REQUEST':
    case 'SYNC':
    case 'REVALIDATE':
      return undefined;
  }
}

/** Counts what one server sends. */
export class Traffic {
  readonly #sender: ServerId;
  messageCount = 0;
  byteCount = 0;

  constructor(sender: ServerId) {
    this.#sender = sender;
  }

  count(from: ServerId, packet: PacketSummary): void {
    const bytes = from === this.#sender ? wireBytes(packet) : undefined;
    if (bytes === undefined) return;
    this.messageCount++;
    this.byteCount += bytes;
  }
}
