// `mntr`: one `zk_name<tab>value` line each, for monitoring (MonitorCommand). The names are ZooKeeper's; those at the end are ours.

import type { LearnerView, ManagementView } from '@zebu/interfaces';
import { formatZxid } from '@zebu/protocol';
import type { FourLetterWordFacts } from './facts.ts';
import { formatAverage } from './java-text.ts';
import { modeOf } from './mode.ts';
import { NOT_SERVING } from './not-serving.ts';

export function mntr(view: ManagementView, facts: FourLetterWordFacts): string {
  if (!view.serving) return NOT_SERVING;
  const values = [...identity(view, facts), ...gauges(view, facts), ...leaderGauges(view), ...ours(view)];
  return values
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `zk_${name}\t${value}\n`)
    .join('');
}

type Value = readonly [name: string, value: string | number | undefined];

const identity = (view: ManagementView, facts: FourLetterWordFacts): readonly Value[] => [
  ['version', facts.version],
  ['server_state', modeOf(view)],
  ['peer_state', view.standalone ? undefined : peerState(view)],
  ['observer_master_id', view.state === 'OBSERVING' ? view.leader : undefined],
];

/** QuorumPeer.getDetailedPeerState. */
function peerState({ state, zabState }: ManagementView): string {
  const phase = zabState === 'ELECTION' ? '' : ` - ${zabState.toLowerCase()}`;
  return state.toLowerCase() + phase;
}

function gauges(view: ManagementView, facts: FourLetterWordFacts): readonly Value[] {
  const { quorum } = facts.configuration;
  return [
    ['avg_latency', formatAverage(view.latencyMs.average)],
    ['max_latency', Math.floor(view.latencyMs.maximum)],
    ['min_latency', Math.floor(view.latencyMs.minimum)],
    ['packets_received', view.packetsReceivedCount],
    ['packets_sent', view.packetsSentCount],
    ['num_alive_connections', view.connectionCount],
    ['outstanding_requests', view.outstandingRequestCount],
    ['uptime', Math.floor(facts.uptimeMs)],
    ['znode_count', view.znodeCount],
    ['watch_count', view.watchCount],
    ['ephemerals_count', view.ephemeralsCount],
    ['approximate_data_size', view.approximateDataBytes],
    ['global_sessions', view.sessionCount],
    ['local_sessions', 0],
    ['open_file_descriptor_count', facts.openFileDescriptorCount],
    ['max_file_descriptor_count', facts.maxFileDescriptorCount],
    ['connection_drop_probability', '0.0'],
    ['quorum_size', quorum?.voterCount],
    ['proposal_count', view.proposalCount],
    ['cnt_snapshottime', view.snapshotCount],
  ];
}

/** LeaderZooKeeperServer.registerMetrics. */
function leaderGauges(view: ManagementView): readonly Value[] {
  if (view.standalone || view.state !== 'LEADING') return [];
  const syncedCount = (role: LearnerView['role']): number =>
    view.learners.filter((learner) => learner.synced && learner.role === role).length;
  return [
    ['learners', view.learners.length],
    ['synced_followers', syncedCount('follower')],
    ['synced_non_voting_followers', 0],
    ['synced_observers', syncedCount('observer')],
    ['last_proposal_size', view.proposalSizes?.last ?? -1],
    ['max_proposal_size', view.proposalSizes?.maximum ?? -1],
    ['min_proposal_size', view.proposalSizes?.minimum ?? -1],
  ];
}

/** Not ZooKeeper's: what a board or a test wants to compare between servers. */
const ours = (view: ManagementView): readonly Value[] => [
  ['epoch', view.epoch],
  ['last_zxid', formatZxid(view.lastZxid)],
  ['leader_id', view.leader],
  ['tree_digest', view.treeDigest],
];
