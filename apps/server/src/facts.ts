// What four-letter words tell of this process and its configuration, beside the state of the server.

import { join } from 'node:path';
import type { ConfigurationFacts, FourLetterWordFacts, QuorumFacts } from '@zebu/client-port';
import type { ServerConfig } from '@zebu/config';
import { formatEnsemble, votersOf } from '@zebu/protocol';
import { environment } from './environment.ts';
import { directoryBytes, maxFileDescriptorCount, openFileDescriptorCount } from './resources.ts';
import { systemClock } from './system-clock.ts';
import { FULL_VERSION } from './version.ts';

const VERSION_DIRECTORY = 'version-2';

export function factsOf(config: ServerConfig): FourLetterWordFacts {
  const configuration = configurationFacts(config);
  return {
    clock: systemClock,
    version: FULL_VERSION,
    configuration,
    dataDirBytes: () => directoryBytes(configuration.dataDir),
    dataLogDirBytes: () => directoryBytes(configuration.dataLogDir),
    openFileDescriptorCount,
    maxFileDescriptorCount,
    environment,
  };
}

const configurationFacts = (config: ServerConfig): ConfigurationFacts => ({
  clientPort: config.clients.address?.port ?? -1,
  secureClientPort: config.clients.secureAddress?.port ?? -1,
  dataDir: join(config.storage.dataDir, VERSION_DIRECTORY),
  dataLogDir: join(config.storage.dataLogDir, VERSION_DIRECTORY),
  tickTimeMs: config.ticks.tickTimeMs,
  maxClientCnxns: config.clients.maxConnectionsPerAddress,
  minSessionTimeoutMs: config.sessions.minimumTimeoutMs,
  maxSessionTimeoutMs: config.sessions.maximumTimeoutMs,
  clientPortListenBacklog: config.clients.listenBacklog ?? -1,
  sessionlessTimeoutMs: config.clients.sessionlessTimeoutMs,
  serverId: config.standalone ? 0 : config.serverId,
  quorum: quorumFacts(config),
});

function quorumFacts({ standalone, serverId, ensemble, ticks }: ServerConfig): QuorumFacts | undefined {
  const self = ensemble.servers.get(serverId);
  if (standalone || self === undefined) return undefined;
  return {
    initLimit: ticks.initLimit,
    syncLimit: ticks.syncLimit,
    electionPort: self.electionAddress.port,
    quorumPort: self.quorumAddress.port,
    peerType: self.role,
    voterCount: votersOf(ensemble).length,
    membership: formatEnsemble(ensemble),
  };
}
