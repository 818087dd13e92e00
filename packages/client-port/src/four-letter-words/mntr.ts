// `mntr`: one `zk_name<tab>value` line each, for monitoring (MonitorCommand). ZooKeeper prints version and states first and the rest in the order
// of a hash map; here the rest has the order of registerMetrics. The names are ZooKeeper's; those at the end are ours.

import type { BufferSizes, LearnerView, ManagementView } from '@zebu/interfaces';
import { formatZxid, type Millis } from '@zebu/protocol';
import { type Asked, connectionCount, receivedCount, sentCount } from './asked.ts';
import { formatAverage, formatDouble } from './java-text.ts';
import { modeOf } from './mode.ts';

export function mntr(asked: Asked): string {
  const { view, request } = asked;
  const values = [
    ...identity(asked),
    ...gauges(asked),
    ...leaderGauges(asked),
    ...counters(view.metrics(), request.port.metrics()),
    ...ours(view),
  ];
  return values
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `zk_${name}\t${value}\n`)
    .join('');
}

type Value = readonly [name: string, value: string | number | undefined];

const identity = ({ view, facts }: Asked): readonly Value[] => [
  ['version', facts.version],
  ['server_state', modeOf(view)],
  ['peer_state', view.standalone || view.readOnly ? undefined : peerState(view)],
  ['observer_master_id', view.state === 'OBSERVING' ? observerMasterOf(view) : undefined],
];

/** The leader, or the follower that the observer learns at. */
function observerMasterOf(view: ManagementView): number | undefined {
  const { server } = view.beans();
  return server?.name === 'Observer' ? server.learnerMaster : view.leader;
}

/** QuorumPeer.getDetailedPeerState. */
function peerState({ state, zabState }: ManagementView): string {
  const phase = zabState === 'ELECTION' ? '' : ` - ${zabState.toLowerCase()}`;
  return state.toLowerCase() + phase;
}

/** ZooKeeperServer.registerMetrics and QuorumZooKeeperServer's. */
function gauges(asked: Asked): readonly Value[] {
  const { view, facts } = asked;
  return [
    ['avg_latency', formatAverage(view.latencyMs.average)],
    ['max_latency', Math.floor(view.latencyMs.maximum)],
    ['min_latency', Math.floor(view.latencyMs.minimum)],
    ['packets_received', receivedCount(asked)],
    ['packets_sent', sentCount(asked)],
    ['num_alive_connections', connectionCount(asked)],
    ['outstanding_requests', view.outstandingRequestCount],
    ['uptime', uptimeMs(asked)],
    ['znode_count', view.znodeCount],
    ['watch_count', view.watchCount],
    ['ephemerals_count', view.ephemeralsCount],
    ['approximate_data_size', view.approximateDataBytes],
    ['global_sessions', view.sessionCount],
    ['local_sessions', view.localSessionCount],
    ['open_file_descriptor_count', facts.openFileDescriptorCount()],
    ['max_file_descriptor_count', facts.maxFileDescriptorCount()],
    ...bufferSizes('client_response_size', view.clientResponseSizes),
    // QuorumZooKeeperServer's; a ReadOnlyZooKeeperServer is none.
    ['quorum_size', view.readOnly ? undefined : view.beans().quorum?.quorumSize],
    ['proposal_count', view.proposalCount],
    ['cnt_snapshottime', view.snapshotCount],
  ];
}

/** LeaderZooKeeperServer.registerMetrics, and FollowerZooKeeperServer's where a follower serves observers. */
function leaderGauges(asked: Asked): readonly Value[] {
  const { view } = asked;
  const syncedCount = (role: LearnerView['role']): number =>
    view.learners.filter((learner) => learner.synced && learner.role === role).length;
  if (view.state === 'FOLLOWING' && view.learners.length > 0) return [['synced_observers', syncedCount('observer')]];
  if (view.standalone || view.state !== 'LEADING') return [];
  return [
    ['learners', view.learners.length],
    ['synced_followers', syncedCount('follower')],
    ['synced_non_voting_followers', 0],
    ['synced_observers', syncedCount('observer')],
    ['pending_syncs', view.pendingSyncCount],
    ['leader_uptime', uptimeMs(asked)],
    ...(view.proposalSizes === undefined ? [] : bufferSizes('proposal_size', view.proposalSizes)),
  ];
}

/** Gauges that are a Java double, and so never without a point. */
const DOUBLES: ReadonlySet<string> = new Set([
  'connection_drop_probability',
  'avg_election_time',
  'avg_follower_sync_time',
  'avg_observer_sync_time',
]);

/** What both the server and its port count is one counter to ZooKeeper. */
function counters(...sources: readonly Iterable<readonly [name: string, value: number]>[]): readonly Value[] {
  const sums = new Map<string, number>();
  for (const source of sources) for (const [name, value] of source) sums.set(name, (sums.get(name) ?? 0) + value);
  return Array.from(sums, counter);
}

const counter = ([name, value]: readonly [name: string, value: number]): Value => [
  name,
  DOUBLES.has(name) ? formatDouble(value) : value,
];

const bufferSizes = (name: string, { last, minimum, maximum }: BufferSizes): readonly Value[] => [
  [`last_${name}`, last],
  [`max_${name}`, maximum],
  [`min_${name}`, minimum],
];

/** Of the ZooKeeperServer, which ZooKeeper makes anew for each role, not of the process. */
const uptimeMs = ({ view, facts }: Asked): Millis =>
  view.servingSince === undefined ? 0 : Math.max(0, Math.floor(facts.clock.now() - view.servingSince));

/** Not ZooKeeper's: what a board or a test wants to compare between servers. */
const ours = (view: ManagementView): readonly Value[] => [
  ['epoch', view.epoch],
  ['last_zxid', formatZxid(view.lastZxid)],
  ['leader_id', view.leader],
  ['tree_digest', view.treeDigest],
];
