// The first field of every array on the quorum port. The numbers are ZooKeeper's packet types (Leader.java), for whoever reads a trace.

import type { QuorumPacketType } from '@zebu/protocol';

export const PACKET_TAGS = {
  REQUEST: 1,
  PROPOSAL: 2,
  ACK: 3,
  COMMIT: 4,
  PING: 5,
  REVALIDATE: 6,
  SYNC: 7,
  INFORM: 8,
  COMMITANDACTIVATE: 9,
  NEWLEADER: 10,
  FOLLOWERINFO: 11,
  UPTODATE: 12,
  DIFF: 13,
  TRUNC: 14,
  SNAP: 15,
  OBSERVERINFO: 16,
  LEADERINFO: 17,
  ACKEPOCH: 18,
  INFORMANDACTIVATE: 19,
} as const satisfies Record<QuorumPacketType, number>;

/** [0, stream]: the transport's own word that a snapshot stream of this number belongs to the link. */
export const SNAPSHOT_OFFER_TAG = 0;

const TYPES_BY_TAG: (QuorumPacketType | undefined)[] = [];
for (const [type, tag] of Object.entries(PACKET_TAGS)) TYPES_BY_TAG[tag] = type as QuorumPacketType;

export const packetTypeOf = (tag: unknown): QuorumPacketType | undefined =>
  typeof tag === 'number' ? TYPES_BY_TAG[tag] : undefined;
