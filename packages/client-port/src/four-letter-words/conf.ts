// `conf`: what the server was told (ZooKeeperServer.dumpConf, QuorumZooKeeperServer.dumpConf).

import type { Asked } from './asked.ts';
import type { FourLetterWordFacts, QuorumFacts } from './facts.ts';

export const conf = ({ facts }: Asked): string =>
  assignments(serverSettings(facts)) + quorumSettings(facts.configuration.quorum);

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

function quorumSettings(quorum: QuorumFacts | undefined): string {
  if (quorum === undefined) return '';
  const settings = assignments([
    ['initLimit', quorum.initLimit],
    ['syncLimit', quorum.syncLimit],
    ['electionAlg', 3],
    ['electionPort', quorum.electionPort],
    ['quorumPort', quorum.quorumPort],
    ['peerType', quorum.peerType === 'observer' ? 1 : 0],
  ]);
  return `${settings}membership: \n${quorum.membership}`;
}
