// One of every packet, with the values that encodings get wrong.

import {
  type Epoch,
  makeZxid,
  NO_ZXID,
  type QuorumPacket,
  type QuorumPacketType,
  type SessionId,
  TXN_HEADER_BYTES,
  type TxnBytes,
  type Zxid,
  ZERO_ZXID,
} from '@zebu/protocol';
import { serverId } from './transport-support.ts';

export const epoch = (value: number): Epoch => value as Epoch;
const session = (value: bigint): SessionId => value as SessionId;

/** Bytes with a txn's header; `fill` tells it from others. */
export function txnOf(zxid: Zxid, length: number, fill = 0): TxnBytes {
  const bytes = new Uint8Array(Math.max(length, TXN_HEADER_BYTES)).fill(fill);
  new DataView(bytes.buffer).setBigUint64(12, BigInt.asUintN(64, zxid));
  return bytes;
}

export const commitOf = (counter: number): QuorumPacket => ({ type: 'COMMIT', zxid: makeZxid(epoch(1), counter) });

const LARGE_ZXID = makeZxid(epoch(0xffff_fffe), 0xffff_ffff);
const NEGATIVE_SESSION = session(-0x7fff_ffff_ffff_ffffn);

const txns = [txnOf(makeZxid(epoch(1), 1), 32), txnOf(LARGE_ZXID, 180, 7), txnOf(makeZxid(epoch(2), 0), 70_000, 9)];

const request = {
  sessionId: NEGATIVE_SESSION,
  cxid: -1,
  type: -11,
  payload: Uint8Array.of(0, 255),
  authInfo: ['digest:süper:secret', 'ip:127.0.0.1'],
};
const emptyRequest = { sessionId: session(1n), cxid: 2 ** 31 - 1, type: 1, payload: new Uint8Array(0), authInfo: [] };

const EXAMPLES: { readonly [Type in QuorumPacketType]: readonly (QuorumPacket & { type: Type })[] } = {
  FOLLOWERINFO: [
    {
      type: 'FOLLOWERINFO',
      sid: serverId(1),
      acceptedEpoch: epoch(0),
      configVersion: 0n,
      needsSnapshot: true,
      damaged: true,
    },
  ],
  OBSERVERINFO: [
    {
      type: 'OBSERVERINFO',
      sid: serverId(255),
      acceptedEpoch: epoch(0xffff_ffff),
      configVersion: 0x7fff_ffff_ffff_ffffn,
      needsSnapshot: false,
      damaged: false,
    },
  ],
  LEADERINFO: [{ type: 'LEADERINFO', epoch: epoch(0x8000_0000) }],
  ACKEPOCH: [
    { type: 'ACKEPOCH', currentEpoch: epoch(-1), lastZxid: NO_ZXID },
    { type: 'ACKEPOCH', currentEpoch: epoch(3), lastZxid: LARGE_ZXID },
  ],
  DIFF: [{ type: 'DIFF', zxid: makeZxid(epoch(1), 2) }],
  TRUNC: [{ type: 'TRUNC', zxid: makeZxid(epoch(0), 0) }],
  SNAP: [{ type: 'SNAP', zxid: LARGE_ZXID }],
  NEWLEADER: [{ type: 'NEWLEADER', zxid: makeZxid(epoch(9), 0) }],
  UPTODATE: [{ type: 'UPTODATE', zxid: makeZxid(epoch(9), 1), configuration: 'server.1=zoo-ü:2888:3888\nversion=0' }],
  COMMITANDACTIVATE: [{ type: 'COMMITANDACTIVATE', zxid: LARGE_ZXID, designatedLeader: serverId(255) }],
  INFORMANDACTIVATE: [{ type: 'INFORMANDACTIVATE', txns, designatedLeader: serverId(1) }],
  PROPOSAL: [
    { type: 'PROPOSAL', txns },
    { type: 'PROPOSAL', txns: Array.from({ length: 300 }, (_, i) => txnOf(makeZxid(epoch(1), i), 40)) },
  ],
  ACK: [{ type: 'ACK', zxid: makeZxid(epoch(0x7fff_ffff), 0x8000_0000) }],
  COMMIT: [{ type: 'COMMIT', zxid: makeZxid(epoch(0x8000_0000), 1) }],
  INFORM: [{ type: 'INFORM', txns: [txnOf(makeZxid(epoch(1), 5), 255)] }],
  REQUEST: [{ type: 'REQUEST', requests: [request, emptyRequest] }],
  SYNC: [{ type: 'SYNC', syncId: Number.MAX_SAFE_INTEGER }],
  REVALIDATE: [
    {
      type: 'REVALIDATE',
      sessionId: NEGATIVE_SESSION,
      timeoutMs: 0,
      valid: true,
      lastProposedZxid: makeZxid(epoch(2), 7),
    },
    {
      type: 'REVALIDATE',
      sessionId: session(0x7fff_ffff_ffff_ffffn),
      timeoutMs: 2 ** 31 - 1,
      valid: false,
      lastProposedZxid: ZERO_ZXID,
    },
  ],
  PING: [
    { type: 'PING', round: 0, sessions: [] },
    {
      type: 'PING',
      round: 0x1_0000_0001,
      sessions: [
        { sessionId: NEGATIVE_SESSION, timeoutMs: 4000 },
        { sessionId: session(0x0100_0000_0000_0001n), timeoutMs: 30_000 },
      ],
    },
  ],
};

export const everyKindOfPacket = (): QuorumPacket[] => Object.values(EXAMPLES).flat();
