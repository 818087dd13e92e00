// ZooKeeper's JMX beans of a peer, from what it holds. Nothing is kept for them: each is made when it is asked for.

import type { DataTree } from '@zebu/datatree';
import {
  type ConnectionBean,
  type ConnectionView,
  type DataTreeBean,
  type LocalPeerBean,
  MANAGEMENT_BEANS_VERSION,
  type ManagementBeans,
  type QuorumBean,
  type RemotePeerBean,
  type ServerBean,
  type StandaloneServerBean,
  type VoteBean,
  type ZabState,
} from '@zebu/interfaces';
import {
  type Ensemble,
  formatEnsemble,
  formatSessionId,
  formatZxid,
  type Millis,
  type ServerId,
  type ServerSpecification,
  type ServerState,
  type Vote,
  votersOf,
  type WallClockMs,
} from '@zebu/protocol';
import type { ClientServiceView } from './client-service.ts';
import type { Now, PeerOptions, QuorumOptions } from './options.ts';

/** What each of ZooKeeper's server beans begins with. */
export type CommonBean = Omit<StandaloneServerBean, 'name'>;

/** What every peer has; the rest is the quorum peer's. */
export interface BeanSource {
  readonly options: PeerOptions;
  readonly clients: ClientServiceView;
  readonly tree: DataTree;
  /** Of the last step: the picture is as old as that. */
  readonly now: Now;
}

export interface QuorumBeanSource extends BeanSource {
  readonly options: PeerOptions & QuorumOptions;
  readonly inForce: Ensemble;
  readonly state: ServerState;
  readonly zabState: ZabState;
  readonly tick: number;
  readonly leader: ServerId | undefined;
  readonly startedAt: WallClockMs;
  readonly vote: Vote | undefined;
  readonly lookingSince: Now | undefined;
  readonly server: ServerBean | undefined;
}

export function standaloneBeans(source: BeanSource): ManagementBeans {
  const { serving } = source.clients;
  return {
    version: MANAGEMENT_BEANS_VERSION,
    quorum: undefined,
    localPeer: undefined,
    remotePeers: [],
    election: undefined,
    server: serving ? { name: 'StandaloneServer', ...commonBean(source, servingSince(source)) } : undefined,
    ...treeAndConnections(source),
  };
}

export function quorumBeans(source: QuorumBeanSource): ManagementBeans {
  const { self } = source.options;
  const { lookingSince } = source;
  const others = [...source.inForce.servers.values()].filter(({ id }) => id !== self);
  return {
    version: MANAGEMENT_BEANS_VERSION,
    quorum: quorumBean(source),
    localPeer: localPeerBean(source),
    remotePeers: others.map((server) => remotePeerBean(server, source.leader)),
    election: lookingSince === undefined ? undefined : { name: 'LeaderElection', startedAt: lookingSince.wallClock },
    server: source.server,
    ...treeAndConnections(source),
  };
}

export function commonBean({ options, clients }: BeanSource, startedAt: WallClockMs): CommonBean {
  return {
    startedAt,
    latencyMs: clients.latencyMs,
    outstandingRequests: clients.outstandingRequestCount,
    packetsReceived: clients.packetsReceivedCount,
    packetsSent: clients.packetsSentCount,
    numAliveConnections: clients.connectionCount,
    tickTimeMs: options.tickTimeMs,
    minSessionTimeoutMs: options.minSessionTimeoutMs,
    maxSessionTimeoutMs: options.maxSessionTimeoutMs,
    clientResponseSizes: clients.clientResponseSizes,
  };
}

export const servingSince = ({ clients, now }: BeanSource): WallClockMs =>
  wallClockOf(clients.servingSince ?? now.time, now);

/** When that was, as far as the wall clock has not been set since. */
const wallClockOf = (time: Millis, now: Now): WallClockMs => Math.round(now.wallClock - (now.time - time));

const quorumBean = ({ options, inForce }: QuorumBeanSource): QuorumBean => ({
  name: `ReplicatedServer_id${options.self}`,
  quorumSize: votersOf(inForce).length,
  initLimit: options.initLimit,
  syncLimit: options.syncLimit,
  digestEnabled: options.prep.digestEnabled,
});

/** A server that has left the ensemble goes on at the addresses that it had. */
function localPeerBean(source: QuorumBeanSource): LocalPeerBean | undefined {
  const { options, inForce, vote } = source;
  const { self } = options;
  const listed = inForce.servers.get(self);
  const server = listed ?? options.ensemble.servers.get(self);
  if (server === undefined) return undefined;
  return {
    ...addresses(server),
    // QuorumPeer.updateLearnerType: outside the ensemble a server counts for a participant.
    learnerType: listed?.role ?? 'participant',
    leader: source.leader === self,
    startedAt: source.startedAt,
    tickTimeMs: options.tickTimeMs,
    minSessionTimeoutMs: options.minSessionTimeoutMs,
    maxSessionTimeoutMs: options.maxSessionTimeoutMs,
    initLimit: options.initLimit,
    syncLimit: options.syncLimit,
    tick: source.tick,
    state: STATES[source.state],
    zabState: source.zabState,
    electionType: 3,
    configVersion: inForce.version.toString(16),
    quorumSystemInfo: formatEnsemble(inForce),
    partOfEnsemble: listed !== undefined,
    currentVote: vote === undefined ? null : voteBean(vote),
  };
}

/** QuorumStats.Provider's. */
const STATES = {
  LOOKING: 'leaderelection',
  FOLLOWING: 'following',
  LEADING: 'leading',
  OBSERVING: 'observing',
} as const;

const remotePeerBean = (server: ServerSpecification, leader: ServerId | undefined): RemotePeerBean => ({
  ...addresses(server),
  sid: server.id,
  learnerType: server.role,
  leader: leader === server.id,
});

const addresses = ({ id, quorumAddress, electionAddress, clientAddress }: ServerSpecification) => ({
  name: `replica.${id}`,
  quorumAddress,
  electionAddress,
  clientAddress: clientAddress ?? null,
});

const voteBean = ({ leader, zxid, peerEpoch }: Vote): VoteBean => ({ leader, zxid: formatZxid(zxid), peerEpoch });

function treeAndConnections(source: BeanSource): Pick<ManagementBeans, 'dataTree' | 'connections'> {
  const { clients, tree, now } = source;
  return { dataTree: dataTreeBean(clients), connections: () => connectionBeans(clients.connections(), tree, now) };
}

const dataTreeBean = (clients: ClientServiceView): DataTreeBean => ({
  name: 'InMemoryDataTree',
  nodeCount: clients.znodeCount,
  lastZxid: formatZxid(clients.lastZxid),
  watchCount: clients.watchCount,
  approximateDataSize: clients.approximateDataBytes,
  ephemeralsCount: clients.ephemeralsCount,
});

function* connectionBeans(views: Iterable<ConnectionView>, tree: DataTree, now: Now): Iterable<ConnectionBean> {
  for (const { activity, ...view } of views) {
    yield {
      sourceAddress: view.remoteAddress,
      sessionId: formatSessionId(view.sessionId),
      startedAt: activity.establishedAt,
      ephemeralNodes: tree.ephemeralsOf(view.sessionId).toSorted(),
      packetsReceived: view.receivedCount,
      packetsSent: view.sentCount,
      outstandingRequests: view.queuedCount,
      sessionTimeoutMs: view.sessionTimeoutMs,
      latencyMs: activity.latencyMs,
      lastOperation: activity.lastOperation,
      lastCxid: activity.lastCxid,
      lastZxid: formatZxid(activity.lastZxid),
      lastResponseAt: wallClockOf(activity.lastResponseAt, now),
      lastLatencyMs: activity.lastLatencyMs,
    };
  }
}
