// What the leader and a learner say to each other on the quorum port (ZooKeeper's Leader.java packet types).
// Runs of txns travel in one packet, and ACK and COMMIT are cumulative: they speak of every txn up to their zxid.

import type { Epoch, ServerId, SessionId, Zxid } from './identifiers.ts';
import type { TxnBytes } from './txn.ts';

export const QUORUM_PROTOCOL_VERSION = 1;

export interface TouchedSession {
  readonly sessionId: SessionId;
  readonly timeoutMs: number;
}

/** A client's write on its way to the leader; `payload` is the request record as the client sent it, without its header. */
export interface ForwardedRequest {
  readonly sessionId: SessionId;
  readonly cxid: number;
  readonly type: number;
  readonly payload: Uint8Array;
  /** Authenticated identities, `scheme:id`, that prep checks ACLs against. */
  readonly authInfo: readonly string[];
}

export type QuorumPacket =
  // Discovery
  | {
      readonly type: 'FOLLOWERINFO' | 'OBSERVERINFO';
      readonly sid: ServerId;
      readonly acceptedEpoch: Epoch;
      readonly configVersion: bigint;
      /** The learner holds nothing that DIFF or TRUNC could build on. */
      readonly needsSnapshot: boolean;
      /** The learner lost a part of its history: it must be given everything, and be counted for nothing. */
      readonly damaged: boolean;
    }
  | { readonly type: 'LEADERINFO'; readonly epoch: Epoch }
  /** currentEpoch is -1 when the learner had accepted this epoch before: it may be synced, never counted. */
  | { readonly type: 'ACKEPOCH'; readonly currentEpoch: Epoch; readonly lastZxid: Zxid }
  // Synchronization
  | { readonly type: 'DIFF'; readonly zxid: Zxid }
  | { readonly type: 'TRUNC'; readonly zxid: Zxid }
  /** The snapshot exact at `zxid` follows on a stream of its own. */
  | { readonly type: 'SNAP'; readonly zxid: Zxid }
  /** zxid is (epoch, 0). */
  | { readonly type: 'NEWLEADER'; readonly zxid: Zxid }
  /** `configuration` is the text of the one in force; a learner that knows an older one goes over to it. */
  | { readonly type: 'UPTODATE'; readonly zxid: Zxid; readonly configuration: string }
  // Broadcast
  | { readonly type: 'PROPOSAL'; readonly txns: readonly TxnBytes[] }
  /** The sender holds, flushed, everything up to zxid. With the zxid of NEWLEADER it acknowledges NEWLEADER. */
  | { readonly type: 'ACK'; readonly zxid: Zxid }
  | { readonly type: 'COMMIT'; readonly zxid: Zxid }
  /** Committed txns, for observers. */
  | { readonly type: 'INFORM'; readonly txns: readonly TxnBytes[] }
  // Reconfiguration: COMMIT and INFORM of a run that holds a reconfig txn, and who is to lead from then on
  | { readonly type: 'COMMITANDACTIVATE'; readonly zxid: Zxid; readonly designatedLeader: ServerId }
  | {
      readonly type: 'INFORMANDACTIVATE';
      readonly txns: readonly TxnBytes[];
      readonly designatedLeader: ServerId;
    }
  // Sessions and clients
  /** `owner`: the observer whose clients they are of, when the follower that serves it passes them on. */
  | { readonly type: 'REQUEST'; readonly requests: readonly ForwardedRequest[]; readonly owner?: ServerId }
  /** A learner asks with a number of its own; the leader answers with the same number once the sync is confirmed. */
  | { readonly type: 'SYNC'; readonly syncId: number }
  /** `lastProposedZxid` is the leader's when it answered; 0 in the question. What the session asked its last server for is at or below it. */
  | {
      readonly type: 'REVALIDATE';
      readonly sessionId: SessionId;
      readonly timeoutMs: number;
      readonly valid: boolean;
      readonly lastProposedZxid: Zxid;
      /** As in REQUEST; never in the answer. */
      readonly owner?: ServerId;
    }
  /** `round` counts the leader's pings; the learner answers with the round that it saw, so an answer confirms leadership after it was sent. */
  | { readonly type: 'PING'; readonly round: number; readonly sessions: readonly TouchedSession[] };

export type QuorumPacketType = QuorumPacket['type'];
