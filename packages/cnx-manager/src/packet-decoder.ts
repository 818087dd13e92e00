// Frames of the quorum port to QuorumPacket values. Nothing gets past here that the cores would have to doubt the shape of.

import {
  type Epoch,
  type ForwardedRequest,
  MAX_CONFIGURATION_BYTES,
  type QuorumPacket,
  type QuorumPacketType,
  type ServerId,
  TXN_HEADER_BYTES,
  type TouchedSession,
  type TxnBytes,
  unreachable,
} from '@zebu/protocol';
import { Fields, MAX_INT32, MAX_UINT32 } from './fields.ts';
import { FrameError } from './frame-error.ts';
import { FrameReader } from './msgpack.ts';
import { packetTypeOf, SNAPSHOT_OFFER_TAG } from './packet-tags.ts';

const MAX_BINARY_BYTES = MAX_INT32;
const MAX_AUTH_INFO_LENGTH = 65_536;

export interface DecodedFrame {
  readonly packets: QuorumPacket[];
  /** Streams that the peer offered in this frame. */
  readonly offeredStreams: readonly number[];
}

export function decodeFrame(frame: Uint8Array): DecodedFrame {
  const reader = new FrameReader(frame);
  const packets: QuorumPacket[] = [];
  const offeredStreams: number[] = [];
  do {
    const values = reader.next();
    if (values[0] === SNAPSHOT_OFFER_TAG) offeredStreams.push(decodeOffer(values));
    else packets.push(decodePacket(values));
  } while (!reader.done);
  return { packets, offeredStreams };
}

function decodeOffer(values: readonly unknown[]): number {
  const fields = new Fields('snapshot offer', values, 1);
  const stream = fields.uint32();
  fields.end();
  return stream;
}

function decodePacket(values: readonly unknown[]): QuorumPacket {
  const type = packetTypeOf(values[0]);
  if (type === undefined) throw new FrameError(`unknown packet type ${String(values[0]).slice(0, 20)}`);
  const fields = new Fields(type, values, 1);
  const packet = decodeFields(type, fields);
  fields.end();
  return packet;
}

function decodeFields(type: QuorumPacketType, fields: Fields): QuorumPacket {
  switch (type) {
    case 'FOLLOWERINFO':
    case 'OBSERVERINFO':
      return {
        type,
        sid: fields.uint32() as ServerId,
        acceptedEpoch: decodeEpoch(fields),
        configVersion: fields.long(),
        needsSnapshot: fields.boolean(),
        damaged: fields.boolean(),
      };
    case 'LEADERINFO':
      return { type, epoch: decodeEpoch(fields) };
    case 'ACKEPOCH':
      return { type, currentEpoch: decodeEpoch(fields), lastZxid: fields.zxid() };
    case 'DIFF':
    case 'TRUNC':
    case 'SNAP':
    case 'NEWLEADER':
    case 'ACK':
    case 'COMMIT':
      return { type, zxid: fields.zxid() };
    case 'UPTODATE':
      return { type, zxid: fields.zxid(), configuration: fields.string(MAX_CONFIGURATION_BYTES) };
    case 'COMMITANDACTIVATE':
      return { type, zxid: fields.zxid(), designatedLeader: fields.uint32() as ServerId };
    case 'INFORMANDACTIVATE':
      return { type, txns: decodeTxns(fields.list()), designatedLeader: fields.uint32() as ServerId };
    case 'PROPOSAL':
    case 'INFORM':
      return { type, txns: decodeTxns(fields.list()) };
    case 'REQUEST':
      return { type, requests: fields.list().map(decodeRequest), ...decodeOwner(fields) };
    case 'SYNC':
      return { type, syncId: fields.count() };
    case 'REVALIDATE':
      return {
        type,
        sessionId: fields.sessionId(),
        timeoutMs: decodeTimeout(fields),
        valid: fields.boolean(),
        lastProposedZxid: fields.zxid(),
        ...decodeOwner(fields),
      };
    case 'PING':
      return { type, round: fields.count(), sessions: decodeSessions(fields.list()) };
    default:
      return unreachable(type);
  }
}

const decodeEpoch = (fields: Fields): Epoch => fields.integer(-1, MAX_UINT32) as Epoch;
/** Only what a follower passes on for an observer has one. */
const decodeOwner = (fields: Fields): { readonly owner?: ServerId } =>
  fields.remaining === 0 ? {} : { owner: fields.uint32() as ServerId };
const decodeTimeout = (fields: Fields): number => fields.int32();

/** The array is msgpackr's own, checked in place: a run of proposals is the hot path. */
function decodeTxns(values: readonly unknown[]): readonly TxnBytes[] {
  for (const value of values) {
    // Shorter, and reading its zxid in place would give NaN.
    if (!(value instanceof Uint8Array) || value.length < TXN_HEADER_BYTES)
      throw new FrameError('run with no whole txn');
  }
  return values as readonly TxnBytes[];
}

function decodeRequest(value: unknown): ForwardedRequest {
  if (!Array.isArray(value)) throw new FrameError('REQUEST: a request is no array');
  const fields = new Fields('REQUEST', value);
  const request = {
    sessionId: fields.sessionId(),
    cxid: fields.int32(),
    type: fields.int32(),
    payload: fields.bytes(0, MAX_BINARY_BYTES),
    authInfo: decodeAuthInfo(fields.list()),
  };
  fields.end();
  return request;
}

function decodeAuthInfo(values: readonly unknown[]): readonly string[] {
  const fields = new Fields('authInfo', values);
  return values.map(() => fields.string(MAX_AUTH_INFO_LENGTH));
}

function decodeSessions(values: readonly unknown[]): readonly TouchedSession[] {
  const fields = new Fields('sessions', values);
  const sessions: TouchedSession[] = [];
  while (fields.remaining > 0) sessions.push({ sessionId: fields.sessionId(), timeoutMs: decodeTimeout(fields) });
  return sessions;
}
