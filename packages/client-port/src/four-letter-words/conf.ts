// `conf`: what the server was told (ZooKeeperServer.dumpConf, QuorumZooKeeperServer.dumpConf).

import type { ManagementView } from '@zebu/interfaces';
import type { ConfigurationFacts, FourLetterWordFacts, QuorumFacts } from './facts.ts';
import { NOT_SERVING } from './not-serving.ts';

export function conf(view: ManagementView, { configuration }: FourLetterWordFacts): string {
  if (!view.serving) return NOT_SERVING;
  return assignments(serverSettings(configuration)) + quorumSettings(configuration.quorum);
}

type Assignment = readonly [key: string, value: string | number];

const assignments = (settings: readonly Assignment[]): string =>
  settings.map(([key, value]) => `${key}=${value}\n`).join('');

const serverSettings = (configuration: ConfigurationFacts): readonly Assignment[] => [
  ['clientPort', configuration.clientPort],
  ['secureClientPort', -1],
  ['dataDir', configuration.dataDir],
  ['dataDirSize', configuration.dataDirBytes],
  ['dataLogDir', configuration.dataLogDir],
  ['dataLogSize', configuration.dataLogDirBytes],
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
