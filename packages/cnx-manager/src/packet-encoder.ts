// QuorumPacket values to msgpack arrays: [tag, ...fields]. Ranges are asserted before they leave, as the decoder checks them on arrival.

import {
  type ForwardedRequest,
  type QuorumPacket,
  type ServerId,
  type TouchedSession,
  unreachable,
} from '@zebu/protocol';
import { checkedEpoch, checkedInt32, checkedUint32, highHalf, highHalfOfCount, lowHalf } from './fields.ts';
import { pack, type WireValue } from './msgpack.ts';
import { PACKET_TAGS, SNAPSHOT_OFFER_TAG } from './packet-tags.ts';

export const encodePacket = (packet: QuorumPacket): Uint8Array => pack(fieldsOf(packet, PACKET_TAGS[packet.type]));

export const encodeSnapshotOffer = (stream: number): Uint8Array => pack([SNAPSHOT_OFFER_TAG, checkedUint32(stream)]);

function fieldsOf(packet: QuorumPacket, tag: number): WireValue[] {
  switch (packet.type) {
    case 'FOLLOWERINFO':
    case 'OBSERVERINFO': {
      const { sid, acceptedEpoch, configVersion, needsSnapshot, damaged } = packet;
      const version = [highHalf(configVersion), lowHalf(configVersion)];
      const flags = [Number(needsSnapshot), Number(damaged)];
      return [tag, checkedUint32(sid), checkedEpoch(acceptedEpoch), ...version, ...flags];
    }
    case 'LEADERINFO':
      return [tag, checkedEpoch(packet.epoch)];
    case 'ACKEPOCH':
      return [tag, checkedEpoch(packet.currentEpoch), highHalf(packet.lastZxid), lowHalf(packet.lastZxid)];
    case 'DIFF':
    case 'TRUNC':
    case 'SNAP':
    case 'NEWLEADER':
    case 'ACK':
    case 'COMMIT':
      return [tag, highHalf(packet.zxid), lowHalf(packet.zxid)];
    case 'UPTODATE':
      return [tag, highHalf(packet.zxid), lowHalf(packet.zxid), packet.configuration];
    case 'COMMITANDACTIVATE':
      return [tag, highHalf(packet.zxid), lowHalf(packet.zxid), checkedUint32(packet.designatedLeader)];
    case 'INFORMANDACTIVATE':
      return [tag, packet.txns, checkedUint32(packet.designatedLeader)];
    case 'PROPOSAL':
    case 'INFORM':
      return [tag, packet.txns];
    case 'REQUEST':
      return [tag, packet.requests.map(requestFields), ...ownerFields(packet)];
    case 'SYNC':
      return [tag, highHalfOfCount(packet.syncId), packet.syncId >>> 0];
    case 'REVALIDATE': {
      const { sessionId, timeoutMs, valid, lastProposedZxid } = packet;
      return [
        tag,
        highHalf(sessionId),
        lowHalf(sessionId),
        checkedInt32(timeoutMs),
        Number(valid),
        highHalf(lastProposedZxid),
        lowHalf(lastProposedZxid),
        ...ownerFields(packet),
      ];
    }
    case 'PING':
      return [tag, highHalfOfCount(packet.round), packet.round >>> 0, sessionFields(packet.sessions)];
    default:
      return unreachable(packet);
  }
}

const ownerFields = ({ owner }: { readonly owner?: ServerId }): WireValue[] =>
  owner === undefined ? [] : [checkedUint32(owner)];

function requestFields(request: ForwardedRequest): WireValue[] {
  const { sessionId, cxid, type, payload, authInfo } = request;
  return [highHalf(sessionId), lowHalf(sessionId), checkedInt32(cxid), checkedInt32(type), payload, authInfo];
}

/** Three integers a session in one flat array: a leader hears of every live session each half tick. */
function sessionFields(sessions: readonly TouchedSession[]): number[] {
  const fields: number[] = [];
  for (const { sessionId, timeoutMs } of sessions) {
    fields.push(highHalf(sessionId), lowHalf(sessionId), checkedInt32(timeoutMs));
  }
  return fields;
}
