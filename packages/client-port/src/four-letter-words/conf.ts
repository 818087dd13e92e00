// `conf`: what the server was told (ZooKeeperServer.dumpConf, QuorumZooKeeperServer.dumpConf, ReadOnlyZooKeeperServer.dumpConf).

import type { Asked } from './asked.ts';
import type { FourLetterWordFacts, QuorumFacts } from './facts.ts';

export function conf({ facts, view }: Asked): string {
  const settings = assignments(serverSettings(facts));
  const { quorum } = facts.configuration;
  if (quorum === undefined) return settings;
  // Who the others are is not said where there is no quorum of them.
  const membership = view.readOnly ? '' : `membership: \n${quorum.membership}`;
  return settings + assignments(quorumSettings(quorum)) + membership;
}

type Assignment = readonly [key: string, value: string | number];

const assignments = (settings: readonly Assignment[]): string =>
  settings.map(([key, value]) => `${key}=${value}\n`).join('');

const serverSettings = ({ configuration, ...facts }: FourLetterWordFacts): readonly Assignment[] => [
  ['clientPort', configuration.clientPort],
  ['secureClientPort', configuration.secureClientPort],
  ['dataDir', configuration.dataDir],
  ['dataDirSize', facts.dataDirBytes()],
  ['dataLogDir', configuration.dataLogDir],
  ['dataLogSize', facts.dataLogDirBytes()],
  ['tickTime', configuration.tickTimeMs],
  ['maxClientCnxns', configuration.maxClientCnxns],
  ['minSessionTimeout', configuration.minSessionTimeoutMs],
  ['maxSessionTimeout', configuration.maxSessionTimeoutMs],
  ['clientPortListenBacklog', configuration.clientPortListenBacklog],
  ['serverId', configuration.serverId],
];

const quorumSettings = (quorum: QuorumFacts): readonly Assignment[] => [
  ['initLimit', quorum.initLimit],
  ['syncLimit', quorum.syncLimit],
  ['electionAlg', 3],
  ['electionPort', quorum.electionPort],
  ['quorumPort', quorum.quorumPort],
  ['peerType', quorum.peerType === 'observer' ? 1 : 0],
];
