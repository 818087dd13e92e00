// Txns and packets without what no checker looks at. Senders, logs and receivers see the same bytes, so equal ones give equal hashes.

import {
  OpCode,
  type QuorumPacket,
  type SessionId,
  TXN_HEADER_BYTES,
  type TxnBytes,
  txnType,
  txnZxid,
} from '@zebu/protocol';
import type { PacketSummary, TxnSummary } from '../history/event.ts';

/** FNV-1a, four bytes at a time where there are four. */
function hashOf(bytes: Uint8Array): number {
  let hash = 0x811c9dc5;
  const whole = bytes.length & ~3;
  for (let at = 0; at < whole; at += 4) {
    const word =
      (bytes[at] as number) |
      ((bytes[at + 1] as number) << 8) |
      ((bytes[at + 2] as number) << 16) |
      ((bytes[at + 3] as number) << 24);
    hash = Math.imul(hash ^ word, 0x01000193);
    hash ^= hash >>> 15;
  }
  for (let at = whole; at < bytes.length; at++) hash = Math.imul(hash ^ (bytes[at] as number), 0x01000193);
  return hash >>> 0;
}

const CXID_OFFSET = 8;
const TYPE_OFFSET = 28;
const LENGTH_BYTES = 4;
const TEXT = new TextDecoder();

function summaryOf(txn: TxnBytes): TxnSummary {
  const summary = { zxid: txnZxid(txn), hash: hashOf(txn), bytes: txn.length };
  if (txn[TYPE_OFFSET + 3] === OpCode.RECONFIG && txnType(txn) === OpCode.RECONFIG)
    return { ...summary, configuration: configurationIn(txn) };
  // Of any other type in all but a few.
  if (txn[TYPE_OFFSET + 3] !== (OpCode.CLOSE_SESSION & 0xff)) return summary;
  const header = new DataView(txn.buffer, txn.byteOffset, txn.length);
  // A client's request has a cxid of its own.
  if (header.getInt32(TYPE_OFFSET) !== OpCode.CLOSE_SESSION || header.getInt32(CXID_OFFSET) !== 0) return summary;
  return { ...summary, expires: header.getBigInt64(0) as SessionId };
}

/** The record of a reconfig begins with a path and the data that it writes, each behind its length. */
function configurationIn(txn: TxnBytes): string {
  const record = new DataView(txn.buffer, txn.byteOffset + TXN_HEADER_BYTES, txn.length - TXN_HEADER_BYTES);
  const data = LENGTH_BYTES + record.getInt32(0);
  const start = TXN_HEADER_BYTES + data + LENGTH_BYTES;
  return TEXT.decode(txn.subarray(start, start + record.getInt32(data)));
}

export const summariesOf = (txns: readonly TxnBytes[]): TxnSummary[] => txns.map(summaryOf);

export function packetSummary(packet: QuorumPacket): PacketSummary {
  const { type } = packet;
  switch (type) {
    case 'FOLLOWERINFO':
    case 'OBSERVERINFO':
      return { type, epoch: packet.acceptedEpoch };
    case 'LEADERINFO':
      return { type, epoch: packet.epoch };
    case 'ACKEPOCH':
      return { type, epoch: packet.currentEpoch, zxid: packet.lastZxid };
    case 'PROPOSAL':
    case 'INFORM':
    case 'INFORMANDACTIVATE':
      return { type, txns: summariesOf(packet.txns) };
    case 'PING':
      return { type, number: packet.round };
    case 'SYNC':
      return { type, number: packet.syncId };
    case 'REQUEST':
    case 'REVALIDATE':
      return { type };
    case 'DIFF':
    case 'TRUNC':
    case 'SNAP':
    case 'NEWLEADER':
    case 'UPTODATE':
    case 'ACK':
    case 'COMMIT':
    case 'COMMITANDACTIVATE':
      return { type, zxid: packet.zxid };
  }
}
