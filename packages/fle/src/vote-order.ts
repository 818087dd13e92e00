// Which of two votes wins, and when two servers have said the same.

import type { ServerState, Vote } from '@zebu/protocol';

/** What one server said last: its vote, the round it said it in, and the state it was in. */
export interface ReceivedVote {
  readonly vote: Vote;
  readonly electionEpoch: bigint;
  readonly state: ServerState;
}

/**
 * The total order of votes (ZooKeeper's totalOrderPredicate): the newer epoch, then the newer zxid, then the higher server id. The epoch comes
 * first because a server that acknowledged NEWLEADER of an epoch holds that epoch's initial history, whatever longer log an older epoch left behind.
 */
export function isBetterVote(candidate: Vote, current: Vote): boolean {
  if (candidate.peerEpoch !== current.peerEpoch) return candidate.peerEpoch > current.peerEpoch;
  if (candidate.zxid !== current.zxid) return candidate.zxid > current.zxid;
  return candidate.leader > current.leader;
}

/**
 * Whether two servers stand behind the same leader (ZooKeeper's Vote.equals). Between servers that are no longer looking, the leader and its
 * epoch are enough: zxid and round may differ, for each keeps those of the notification that it joined with (ZOOKEEPER-1805, ZOOKEEPER-1732).
 */
export function agrees(one: ReceivedVote, other: ReceivedVote): boolean {
  if (one.vote.leader !== other.vote.leader || one.vote.peerEpoch !== other.vote.peerEpoch) return false;
  if (one.state !== 'LOOKING' && other.state !== 'LOOKING') return true;
  return one.vote.zxid === other.vote.zxid && one.electionEpoch === other.electionEpoch;
}
