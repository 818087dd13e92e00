// `conf`: what the server was told (ZooKeeperServer.dumpConf, QuorumZooKeeperServer.dumpConf).

import type { ManagementView } from '@zebu/interfaces';
import type { Ensemble, ServerAddress, ServerSpecification } from '@zebu/protocol';
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
  return `${settings}membership: \n${membership(quorum.ensemble)}`;
}

/** QuorumMaj.toString: a server line each, and the version without a line end. */
function membership(ensemble: Ensemble): string {
  const servers = [...ensemble.servers.values()].map((server) => `server.${server.id}=${serverLine(server)}\n`);
  return `${servers.join('')}version=${ensemble.version.toString(16)}`;
}

function serverLine({ quorumAddress, electionAddress, role, clientAddress }: ServerSpecification): string {
  const client = clientAddress === undefined ? '' : `;${hostAndPort(clientAddress)}`;
  return `${hostAndPort(quorumAddress)}:${electionAddress.port}:${role}${client}`;
}

const hostAndPort = ({ host, port }: ServerAddress): string =>
  host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
