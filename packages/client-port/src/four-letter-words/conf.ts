// `conf`: what the server was told (ZooKeeperServer.dumpConf, QuorumZooKeeperServer.dumpConf, ReadOnlyZooKeeperServer.dumpConf).

import type { LocalPeerBean } from '@zebu/interfaces';
import type { Asked } from './asked.ts';
import type { FourLetterWordFacts } from './facts.ts';

export function conf({ facts, view }: Asked): string {
  const settings = assignments(serverSettings(facts));
  const { localPeer } = view.beans();
  if (localPeer === undefined) return settings;
  // Who the others are is not said where there is no quorum of them.
  const membership = view.readOnly ? '' : `membership: \n${localPeer.quorumSystemInfo}`;
  return settings + assignments(quorumSettings(localPeer)) + membership;
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

const quorumSettings = (peer: LocalPeerBean): readonly Assignment[] => [
  ['initLimit', peer.initLimit],
  ['syncLimit', peer.syncLimit],
  ['electionAlg', peer.electionType],
  ['electionPort', peer.electionAddress.port],
  ['quorumPort', peer.quorumAddress.port],
  ['peerType', peer.learnerType === 'observer' ? 1 : 0],
];
