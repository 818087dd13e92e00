// Any packet and any notification, for properties.

import {
  type Epoch,
  type Notification,
  type QuorumPacket,
  type ServerId,
  type SessionId,
  TXN_HEADER_BYTES,
  type Zxid,
} from '@zebu/protocol';
import fc from 'fast-check';

const uint32 = fc.integer({ min: 0, max: 0xffff_ffff });
const int32 = fc.integer({ min: -0x8000_0000, max: 0x7fff_ffff });
const long = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
const count = fc.maxSafeNat();
const zxid = fc.oneof(fc.constant(-1n), fc.bigInt({ min: 0n, max: 2n ** 64n - 2n })) as fc.Arbitrary<Zxid>;
const epoch = fc.oneof(fc.constant(-1), uint32) as fc.Arbitrary<Epoch>;
const sid = uint32 as fc.Arbitrary<ServerId>;
const sessionId = long as fc.Arbitrary<SessionId>;
const txns = fc.array(fc.uint8Array({ minLength: TXN_HEADER_BYTES, maxLength: 400 }), { maxLength: 20 });
const request = fc.record({
  sessionId,
  cxid: int32,
  type: int32,
  payload: fc.uint8Array({ maxLength: 300 }),
  authInfo: fc.array(fc.string({ unit: 'grapheme', maxLength: 40 }), { maxLength: 3 }),
});

const only = <Type extends string>(...types: Type[]): fc.Arbitrary<Type> => fc.constantFrom(...types);

export const anyPacket: fc.Arbitrary<QuorumPacket> = fc.oneof(
  fc.record({
    type: only('FOLLOWERINFO', 'OBSERVERINFO'),
    sid,
    acceptedEpoch: epoch,
    configVersion: long,
    needsSnapshot: fc.boolean(),
    damaged: fc.boolean(),
  }),
  fc.record({ type: only('LEADERINFO'), epoch }),
  fc.record({ type: only('ACKEPOCH'), currentEpoch: epoch, lastZxid: zxid }),
  fc.record({ type: only('DIFF', 'TRUNC', 'SNAP', 'NEWLEADER', 'ACK', 'COMMIT'), zxid }),
  fc.record({ type: only('UPTODATE'), zxid, configuration: fc.string({ unit: 'binary', maxLength: 200 }) }),
  fc.record({ type: only('COMMITANDACTIVATE'), zxid, designatedLeader: sid }),
  fc.record({ type: only('INFORMANDACTIVATE'), txns, designatedLeader: sid }),
  fc.record({ type: only('PROPOSAL', 'INFORM'), txns }),
  fc.record(
    { type: only('REQUEST'), requests: fc.array(request, { maxLength: 5 }), owner: sid },
    { requiredKeys: ['type', 'requests'] },
  ),
  fc.record({ type: only('SYNC'), syncId: count }),
  fc.record(
    {
      type: only('REVALIDATE'),
      sessionId,
      timeoutMs: int32,
      valid: fc.boolean(),
      lastProposedZxid: zxid,
      owner: sid,
    },
    { requiredKeys: ['type', 'sessionId', 'timeoutMs', 'valid', 'lastProposedZxid'] },
  ),
  fc.record({
    type: only('PING'),
    round: count,
    sessions: fc.array(fc.record({ sessionId, timeoutMs: int32 }), { maxLength: 20 }),
  }),
) as fc.Arbitrary<QuorumPacket>;

export const anyNotification: fc.Arbitrary<Notification> = fc.record(
  {
    state: only('LOOKING', 'FOLLOWING', 'LEADING', 'OBSERVING'),
    vote: fc.record({ leader: sid, zxid, peerEpoch: epoch }),
    electionEpoch: long,
    configVersion: long,
    extension: fc.uint8Array({ maxLength: 200, minLength: 1 }),
    configuration: fc.string({ unit: 'binary', maxLength: 200 }),
  },
  { requiredKeys: ['state', 'vote', 'electionEpoch', 'configVersion'] },
) as fc.Arbitrary<Notification>;
