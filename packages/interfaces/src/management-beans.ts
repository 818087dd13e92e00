// What ZooKeeper registers as JMX beans, as plain values: the tree of beans of a running server at one moment. Attributes are named and meant as
// those of QuorumMXBean, LocalPeerMXBean and so on; docs/management.md says which there are. `JSON.stringify` takes it as it is: zxids, session ids
// and versions are hex, times ms since 1970. What is long is a function: it is to be consumed in slices, and JSON leaves it out.

import type { LearnerType, Millis, ServerAddress, ServerId, WallClockMs } from '@zebu/protocol';
import type { BufferSizes, LearnerView, Spread, ZabState } from './management-view.ts';

/** Grows when an attribute goes or changes its meaning; one more is no new version. */
export const MANAGEMENT_BEANS_VERSION = 1;

export interface ManagementBeans {
  readonly version: typeof MANAGEMENT_BEANS_VERSION;
  /** Undefined on a standalone server, like the peers below. */
  readonly quorum: QuorumBean | undefined;
  readonly localPeer: LocalPeerBean | undefined;
  readonly remotePeers: readonly RemotePeerBean[];
  /** While there is an election. */
  readonly election: LeaderElectionBean | undefined;
  /** Of the role; undefined while there is none and nobody is served. */
  readonly server: ServerBean | undefined;
  readonly dataTree: DataTreeBean;
  readonly connections: () => Iterable<ConnectionBean>;
}

export interface QuorumBean {
  readonly name: string;
  /** Servers with a vote. */
  readonly quorumSize: number;
  /** In ticks. */
  readonly initLimit: number;
  readonly syncLimit: number;
  readonly digestEnabled: boolean;
}

export interface VoteBean {
  readonly leader: ServerId;
  readonly zxid: string;
  readonly peerEpoch: number;
}

interface PeerBean {
  readonly name: string;
  readonly quorumAddress: ServerAddress;
  readonly electionAddress: ServerAddress;
  /** Null where the configuration does not say it. */
  readonly clientAddress: ServerAddress | null;
  readonly learnerType: LearnerType;
  readonly leader: boolean;
}

export interface RemotePeerBean extends PeerBean {
  readonly sid: ServerId;
}

export interface LocalPeerBean extends PeerBean {
  /** When the server was made. */
  readonly startedAt: WallClockMs;
  readonly tickTimeMs: number;
  readonly minSessionTimeoutMs: number;
  readonly maxSessionTimeoutMs: number;
  readonly initLimit: number;
  readonly syncLimit: number;
  /** Of a leader, since its role began; else 0. */
  readonly tick: number;
  readonly state: 'leaderelection' | 'leading' | 'following' | 'observing';
  readonly zabState: ZabState;
  readonly electionType: 3;
  readonly configVersion: string;
  /** The server lines and the version. */
  readonly quorumSystemInfo: string;
  readonly partOfEnsemble: boolean;
  /** For whom this server voted, votes or would vote; null before its history is read. */
  readonly currentVote: VoteBean | null;
}

export interface LeaderElectionBean {
  readonly name: 'LeaderElection';
  readonly startedAt: WallClockMs;
}

/** ZooKeeperServerBean, as far as it is about the server's state. */
interface CommonServerBean {
  readonly startedAt: WallClockMs;
  readonly latencyMs: Spread;
  readonly outstandingRequests: number;
  readonly packetsReceived: number;
  readonly packetsSent: number;
  readonly numAliveConnections: number;
  readonly tickTimeMs: number;
  readonly minSessionTimeoutMs: number;
  readonly maxSessionTimeoutMs: number;
  readonly clientResponseSizes: BufferSizes;
}

export interface StandaloneServerBean extends CommonServerBean {
  readonly name: 'StandaloneServer';
}

export interface ReadOnlyServerBean extends CommonServerBean {
  readonly name: 'ReadOnlyServer';
}

export interface LeaderBean extends CommonServerBean {
  readonly name: 'Leader';
  /** Of the newest proposal. */
  readonly currentZxid: string;
  readonly followers: readonly LearnerView[];
  /** Observers, and servers that are about to join. */
  readonly nonVotingLearners: readonly LearnerView[];
  readonly electionTimeTakenMs: Millis;
  readonly proposalSizes: BufferSizes;
}

/** Of FollowerBean and ObserverBean. */
interface LearnerBean extends CommonServerBean {
  /** Of the server that is followed. */
  readonly quorumAddress: ServerAddress | null;
  /** Sessions that came back, of which the leader has not yet said whether they live. */
  readonly pendingRevalidationCount: number;
}

export interface FollowerBean extends LearnerBean {
  readonly name: 'Follower';
  /** Of the newest txn that went to the log. */
  readonly lastQueuedZxid: string;
  readonly electionTimeTakenMs: Millis;
}

export interface ObserverBean extends LearnerBean {
  readonly name: 'Observer';
  /** The server that is followed. */
  readonly learnerMaster: ServerId;
}

export type ServerBean = StandaloneServerBean | ReadOnlyServerBean | LeaderBean | FollowerBean | ObserverBean;

export interface DataTreeBean {
  readonly name: 'InMemoryDataTree';
  readonly nodeCount: number;
  readonly lastZxid: string;
  readonly watchCount: number;
  readonly approximateDataSize: number;
  readonly ephemeralsCount: number;
}

export interface ConnectionBean {
  readonly sourceAddress: string;
  readonly sessionId: string;
  readonly startedAt: WallClockMs;
  /** Sorted. */
  readonly ephemeralNodes: readonly string[];
  readonly packetsReceived: number;
  readonly packetsSent: number;
  readonly outstandingRequests: number;
  readonly sessionTimeoutMs: number;
  readonly latencyMs: Spread;
  readonly lastOperation: string;
  /** -1 before the first, like the zxid. */
  readonly lastCxid: number;
  readonly lastZxid: string;
  readonly lastResponseAt: WallClockMs;
  readonly lastLatencyMs: Millis;
}
